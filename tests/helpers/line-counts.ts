import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files that are written by hand, with their number of lines. */
export async function lineCounts(root: string): Promise<{ file: string; lines: number }[]> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const written = listed.split('\n').filter(file => /\.(ts|js|css|html)$/.test(file))
  return written.map(file => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
}
