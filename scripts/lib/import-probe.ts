import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Imports the file named by the first argument and prints how long that took and which files it read. */
const files = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) files.add(fileURLToPath(url))
    return nextLoad(url, context)
  },
})
const target = pathToFileURL(process.argv[2] ?? '').href
const start = performance.now()
await import(target)
const ms = performance.now() - start
for (const path of Object.keys(createRequire(import.meta.url).cache)) files.add(path)
process.stdout.write(JSON.stringify({ ms, files: [...files] }))
