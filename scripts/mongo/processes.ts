import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Whether a process with this id exists, also when it belongs to another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Makes a folder that belongs to this process, and removes those that dead processes left in `parent`. */
export async function makeOwnedFolder(parent: string, name: string): Promise<string> {
  await mkdir(parent, { recursive: true })
  const left = (await readdir(parent)).filter(entry => {
    const owner = entry.startsWith(`${name}-`) ? /^(\d+)-/.exec(entry.slice(name.length + 1))?.[1] : undefined
    return owner !== undefined && !isAlive(Number(owner))
  })
  // What can't be removed now (another user's, or still in use) is tried again at the next start.
  await Promise.allSettled(left.map(entry => rm(join(parent, entry), { recursive: true, force: true })))
  return await mkdtemp(join(parent, `${name}-${process.pid}-`))
}
