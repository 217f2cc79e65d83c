import { inflateRawSync } from 'node:zlib'
import { startWatchdog } from '../../../../lib/knowledge/internal/extract/reader/watchdog.ts'
import { deflatedRepeat } from '../../../helpers/deflate.ts'

/** Unpacks 3 GiB into a buffer without ever giving way to the event loop. */
const bomb = deflatedRepeat(Buffer.alloc(1024 * 1024), 3 * 1024)
await startWatchdog()
process.stdout.write(`${inflateRawSync(bomb).byteLength}`)
