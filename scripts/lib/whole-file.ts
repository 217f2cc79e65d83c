import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a file, which others may be reading: they see the old content or the new, never a part. */
export async function writeWholeFile(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, content, { mode })
  await rename(draft, file)
}

/** As `writeWholeFile`, of a file that only its owner can read. */
export function writePrivateFile(file: string, content: string): Promise<void> {
  return writeWholeFile(file, content, 0o600)
}

/** As `writeWholeFile`; a file that has this content already stays the one it is: a server may be sending it. */
export async function placeFile(file: string, content: string | Uint8Array): Promise<void> {
  const there = await readFile(file).catch(() => null)
  if (there === null || !there.equals(Buffer.from(content))) await writeWholeFile(file, content)
}
