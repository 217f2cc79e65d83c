import { join, relative } from 'node:path'
import { type CodeSplittingGroup, type Plugin, rolldown } from 'rolldown'
import type { RouteFile } from '../lib/routes.ts'

const ENTRY = '\0packed-function'

/**
 * Bundles routes into the folder of one function, whose `index.js` exports a handler per method. CommonJS, from
 * which a cache of compiled code gains most. The source maps name lines of the repository and repeat no source.
 */
export async function bundleFunction(
  root: string,
  routes: readonly RouteFile[],
  folder: string,
): Promise<void> {
  const { plugin, group } = ownPlaces(root)
  const bundle = await rolldown({
    input: { index: ENTRY },
    cwd: root,
    platform: 'node',
    tsconfig: false,
    preserveEntrySignatures: 'allow-extension',
    transform: { define: { 'import.meta.main': '(require.main === module)' } },
    plugins: [entry(root, routes), plugin],
    // What bundles ill must not be shipped; of packages, only what is never run here does.
    onLog(level, { message, id, loc }) {
      if (level === 'warn' && !`${id}${loc?.file}`.includes('node_modules')) throw new Error(message)
    },
  })
  await bundle.write({
    dir: folder,
    format: 'cjs',
    exports: 'named',
    sourcemap: true,
    sourcemapExcludeSources: true,
    entryFileNames: ({ name }) => (name === 'index' ? 'index.js' : 'lib/[name]-[hash].js'),
    chunkFileNames: 'lib/[name]-[hash].js',
    codeSplitting: { includeDependenciesRecursively: false, groups: [group] },
    comments: { legal: true, annotation: false, jsdoc: false },
  })
  await bundle.close()
}

function entry(root: string, routes: readonly RouteFile[]): Plugin {
  const load = (file: string) => `() => import(${JSON.stringify(file)})`
  const table = routes.map(({ regex, file }) => `[${regex}, ${load(file)}]`)
  const code = `
    import { dispatch } from ${JSON.stringify(join(import.meta.dirname, 'dispatch.ts'))}
    export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } =
      dispatch([${table}], ${load(join(root, 'api', 'not-found.ts'))})`
  return {
    name: 'packed-function',
    resolveId: id => (id === ENTRY ? id : null),
    load: id => (id === ENTRY ? code : null),
  }
}

/**
 * A module of ours that names its own file (to start it as a process or a thread, or to find what is beside it)
 * stays a file of its own, in its own folder, and can be started: it loads nothing that it does not import.
 */
function ownPlaces(root: string): { plugin: Plugin; group: CodeSplittingGroup } {
  const lib = join(root, 'lib')
  const places = new Map<string, string>()
  return {
    plugin: {
      name: 'own-places',
      transform(code, id) {
        if (!id.startsWith(lib) || !code.includes('import.meta.')) return null
        places.set(id, relative(lib, id).replace(/\.ts$/, ''))
        this.emitFile({ type: 'chunk', id })
        return null
      },
    },
    group: { name: id => places.get(id) ?? null, debugName: 'own places' },
  }
}
