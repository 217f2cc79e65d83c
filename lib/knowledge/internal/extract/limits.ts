const MIB = 1024 * 1024

/** Most bytes of text (as UTF-8) that are made searchable. */
export const MAX_TEXT_BYTES = 5 * MIB
/** Most bytes of a file that is read for its text. */
export const MAX_FILE_BYTES = 100 * MIB
/** How long reading may take once the file is there, by the wall's clock. */
export const READING_MS = 10_000
/** Computing that makes this the file's fault; less says that the machine was busy. */
export const READING_CPU_MS = READING_MS / 5
/** How much longer the parent waits for a process that cannot look at its own clock. */
export const GRACE_MS = 3_000
/** How long the storage may give nothing. */
export const STALL_MS = 30_000
/** Resident memory of the reading process, buffers included: a large honest document stays under 350 MiB. */
export const MAX_RESIDENT_BYTES = 512 * MIB
/** The part of it that may be JavaScript objects. */
export const MAX_HEAP_MIB = 384

export const TOO_LONG = 'The text is longer than 5 MiB.'
export const TOO_LARGE = 'The file is larger than 100 MiB.'
export const TOO_SLOW = 'Reading the file took longer than 10 seconds.'
export const TOO_HUNGRY = 'The file needs more memory than reading may take.'
export const DAMAGED = 'The file is damaged and cannot be read.'
export const NOT_TEXT = 'The file holds something else than text.'
