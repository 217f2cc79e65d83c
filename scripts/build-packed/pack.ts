import { rolldown } from 'rolldown'
import { heavyAmong } from '../lib/heavy.ts'

/** As many functions as Vercel's free plan takes from an `api/` folder. */
export const MAX_FUNCTIONS = 12

/** Route files that share a function, and the heavy packages that at least one of them can load. */
export type Pack = { files: string[]; heavy: string[] }

type Imports = { all: readonly string[] }

/**
 * Packs route files by weight: those that can load the same heavy packages, at once or on demand, share a function.
 * Were that too many, the two whose packages differ least become one.
 */
export async function packByWeight(root: string, files: readonly string[]): Promise<Pack[]> {
  const graph = await importGraph(root, files)
  const packs = new Map<string, Pack>()
  for (const file of files) {
    const heavy = heavyAmong(reachable(graph, file))
    const pack = packs.get(heavy.join()) ?? { files: [], heavy }
    pack.files.push(file)
    packs.set(heavy.join(), pack)
  }
  return merged([...packs.values()])
}

/** What each module of ours imports; packages are leaves. */
async function importGraph(root: string, files: readonly string[]): Promise<Map<string, Imports>> {
  const graph = new Map<string, Imports>()
  const bundle = await rolldown({
    input: [...files],
    cwd: root,
    platform: 'node',
    logLevel: 'silent',
    external: id => !/^[./\0]/.test(id),
    plugins: [
      {
        name: 'import-graph',
        buildEnd() {
          for (const id of this.getModuleIds()) {
            const info = this.getModuleInfo(id)
            graph.set(id, { all: [...(info?.importedIds ?? []), ...(info?.dynamicallyImportedIds ?? [])] })
          }
        },
      },
    ],
  })
  await bundle.generate({ format: 'es' })
  await bundle.close()
  return graph
}

function reachable(graph: ReadonlyMap<string, Imports>, from: string): Set<string> {
  const seen = new Set([from])
  for (const id of seen) for (const next of graph.get(id)?.all ?? []) seen.add(next)
  return seen
}

function merged(packs: readonly Pack[]): Pack[] {
  if (packs.length <= MAX_FUNCTIONS) return [...packs]
  const pairs = packs.flatMap((a, at) => packs.slice(at + 1).map(b => [a, b] as const))
  const distance = ([a, b]: readonly [Pack, Pack]) => missing(a, b) + missing(b, a)
  const [closest] = pairs.toSorted((one, other) => distance(one) - distance(other))
  if (!closest) return [...packs]
  const [a, b] = closest
  const both = { files: [...a.files, ...b.files], heavy: [...new Set([...a.heavy, ...b.heavy])] }
  return merged([...packs.filter(pack => pack !== a && pack !== b), both])
}

/** How many heavy packages of one the other does not have. */
function missing(one: Pack, other: Pack): number {
  return one.heavy.filter(name => !other.heavy.includes(name)).length
}
