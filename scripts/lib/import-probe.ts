import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

type Handlers = { OPTIONS?: (request: Request) => Promise<Response> }

/**
 * Imports the file named by the first argument and prints how long that took and which files it read. A second
 * argument is a path that a function serves: then also what its route needs to answer an OPTIONS request there,
 * as a function may load its routes when they are asked for.
 */
const [, , file = '', path] = process.argv
const files = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) files.add(fileURLToPath(url))
    return nextLoad(url, context)
  },
})
const target = pathToFileURL(file).href
const request = path === undefined ? null : new Request(`http://127.0.0.1${path}`, { method: 'OPTIONS' })
const start = performance.now()
const module = (await import(target)) as Handlers
if (request) await module.OPTIONS?.(request)
const ms = performance.now() - start
for (const path of Object.keys(createRequire(import.meta.url).cache)) files.add(path)
process.stdout.write(JSON.stringify({ ms, files: [...files] }))
