import { join } from 'node:path'
import { type Contestant, startContestant } from '../../lib/contestant.ts'
import type { Stage } from '../../lib/stage.ts'
import type { Library } from './library.ts'
import type { Pass } from './numpy.ts'

const script = join(import.meta.dirname, 'searcher.ts')

/** An instance of the API's search in a process of its own, connected and with its code imported. */
export type Instance = Contestant & {
  /** Searches for the queries of a library, or the first `most`, one after the other. */
  pass(library: Library, most?: number): Promise<Pass>
}

export async function startInstance(
  { uri }: Stage,
  settings: Record<string, string> = {},
): Promise<Instance> {
  const contestant = await startContestant(script, { MONGODB_URI: uri, LOG_LEVEL: 'error', ...settings })
  return {
    ...contestant,
    async pass({ clerkId, queriesFile, positionOf }, most) {
      const body = JSON.stringify({ clerkId, queriesFile, most })
      const response = await fetch(contestant.url, { method: 'POST', body })
      const answers = (await response.json()) as { ms: number; found: [string, number][] }[]
      return {
        ms: answers.map(({ ms }) => ms),
        found: answers.map(({ found }) => found.map(([fileId, chunk]) => positionOf(fileId, chunk))),
      }
    },
  }
}
