import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

/** Linux keeps this folder in memory. */
const IN_MEMORY = '/dev/shm'
const ROOM_BYTES = 4 * 1024 ** 3

/** Where data lie that nobody keeps: in memory where there is room, as each write waits for its disk. */
export async function scratchFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(IN_MEMORY).catch(() => ({ bavail: 0, bsize: 0 }))
  return bavail * bsize >= ROOM_BYTES ? IN_MEMORY : tmpdir()
}
