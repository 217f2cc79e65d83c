import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeConsolePage } from './console/page.ts'
import { placeFile } from './lib/whole-file.ts'

const root = join(import.meta.dirname, '..')

/** Files of packages, and where below `public/vendor/` each is served. */
const FILES = [
  ['swagger-ui-dist/swagger-ui.css', 'swagger-ui/swagger-ui.css'],
  ['swagger-ui-dist/swagger-ui-bundle.js', 'swagger-ui/swagger-ui-bundle.js'],
  ['swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui/swagger-ui-bundle.js.LICENSE.txt'],
  ['swagger-ui-dist/LICENSE', 'swagger-ui/LICENSE'],
  ['swagger-ui-dist/NOTICE', 'swagger-ui/NOTICE'],
  ['@picocss/pico/css/pico.classless.min.css', 'pico/pico.classless.css'],
  ['@picocss/pico/LICENSE.md', 'pico/LICENSE.md'],
  ['preact/LICENSE', 'preact/LICENSE'],
  ['htm/LICENSE', 'htm/LICENSE'],
  ['uplot/dist/uPlot.min.css', 'uplot/uplot.css'],
  ['uplot/LICENSE', 'uplot/LICENSE'],
] as const

const MODULES = [
  ['preact/dist/preact.mjs', 'preact/preact.js'],
  ['preact/hooks/dist/hooks.mjs', 'preact/hooks.js'],
  ['htm/dist/htm.mjs', 'htm/htm.js'],
  ['uplot/dist/uPlot.esm.js', 'uplot/uplot.js'],
] as const

/** The packages that are served to browsers. */
export const SERVED_PACKAGES: readonly string[] = [
  ...new Set([...FILES, ...MODULES].map(([from]) => /^(?:@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from)),
]

/** What of them, below `public/vendor/`. */
export const SERVED_FILES: readonly string[] = [...FILES, ...MODULES].map(([, to]) => to)

/** Copies the libraries of the API reference and of the console to where they are served. */
export async function copyVendorFiles(): Promise<void> {
  await Promise.all([
    ...FILES.map(async ([from, to]) => placeFile(served(to), await readFile(packaged(from)))),
    ...MODULES.map(([from, to]) => copyModule(from, to)),
  ])
}

/** A browser finds no module by a bare name: the only one used here is given its address instead. */
async function copyModule(from: string, to: string): Promise<void> {
  const text = await readFile(packaged(from), 'utf8')
  const addressed = text.replaceAll(/from\s*"preact"/g, 'from"/vendor/preact/preact.js"')
  await placeFile(served(to), addressed.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'))
}

function packaged(file: string): string {
  return join(root, 'node_modules', file)
}

function served(file: string): string {
  return join(root, 'public', 'vendor', file)
}

/** Completes `public/`: the libraries that pages load, and the console for the sign-in that is set up. */
export async function buildPublic(): Promise<void> {
  await copyVendorFiles()
  await writeConsolePage(process.env.CLERK_PUBLISHABLE_KEY || undefined)
}

if (import.meta.main) await buildPublic()
