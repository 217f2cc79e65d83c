import { setFlagsFromString } from 'node:v8'

/**
 * What streams through leaves one dead buffer after the other (of the HTTP parser, of the database driver), and
 * V8 looks for them only at twice its largest young generation: 64 MiB. With 4 MiB in place of its 32 it looks
 * at 8, which takes about a millisecond; nothing but this threshold changes in a process that runs.
 */
setFlagsFromString('--scavenger-max-new-space-capacity-mb=4')
