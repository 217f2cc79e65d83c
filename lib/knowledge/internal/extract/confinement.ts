import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { config } from '../../../config.ts'
import { MAX_HEAP_MIB } from './limits.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')

/**
 * What a process that reads strangers' files may do: read the code it runs, nothing else of the file system; write
 * nothing, start no program; hold so much heap, and keep V8 to the thread that parses. It is a seat belt, no
 * sandbox: Node's permission model forbids neither the network nor signals, and promises nothing against code that
 * is malicious itself.
 */
export function nodeOptions(): string[] {
  return [
    '--permission',
    '--allow-worker',
    '--disable-warning=SecurityWarning',
    ...codeFolders().map(folder => `--allow-fs-read=${realpathSync(folder)}`),
    `--max-old-space-size=${MAX_HEAP_MIB}`,
    '--single-threaded',
  ]
}

/** Ours and the packages', where a bundle does not hold these among ours. */
function codeFolders(): string[] {
  return ['lib', 'node_modules'].map(folder => join(root, folder)).filter(existsSync)
}

/** None of the API's settings; only what the loader may need to start this same Node. */
export function environment(): Record<string, string> {
  const { LD_LIBRARY_PATH } = config()
  return LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }
}
