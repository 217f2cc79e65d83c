import type { Db, Document } from 'mongodb'

/** What one command examined, and what it gave. */
export type Reading = { command: string; examined: number; given: number; isSum: boolean; isSorted: boolean }

/** The most that any command read per document, and which one. */
export type Most = { perDocument: number; command: string; isSorted: boolean }

const READS = new Set(['query', 'getmore', 'command', 'update', 'remove'])
/** As many keys are looked at to find out that there is nothing, in each index and for each value of a list. */
const FEW = 20

/** Has the server write down each command that `work` causes. */
export async function readingsOf(db: Db, work: () => Promise<unknown>): Promise<Reading[]> {
  await db.command({ profile: 2 })
  try {
    await work()
  } finally {
    await db.command({ profile: 0 })
  }
  const profile = db.collection('system.profile')
  const commands = (await profile.find().toArray()).filter(({ op }) => READS.has(op))
  await profile.drop()
  return commands.map(toReading)
}

/**
 * The most that was read per document that was given. A handful of keys is nothing, and what is summed up gives no
 * documents. Of several such commands one of the collection that is asked about is named.
 */
export function mostOf(readings: Reading[], collection: string): Most {
  const ratios = readings
    .filter(({ isSum }) => !isSum)
    .map(reading => ({ ...reading, perDocument: perDocument(reading) }))
  const isOwn = ({ command }: Reading) => Number(command.split(' ')[1] === collection)
  const [most] = ratios.sort((a, b) => b.perDocument - a.perDocument || isOwn(b) - isOwn(a))
  const isSorted = ratios.some(reading => reading.isSorted)
  return { perDocument: most?.perDocument ?? 0, command: most?.command ?? '', isSorted }
}

/** How many keys or documents were read to be summed up. */
export function summedIn(readings: Reading[]): number {
  return readings.filter(({ isSum }) => isSum).reduce((sum, { examined }) => sum + examined, 0)
}

function perDocument({ examined, given }: Reading): number {
  return examined <= FEW ? Math.min(1, examined) : examined / Math.max(given, 1)
}

function toReading(entry: Document): Reading {
  const { keysExamined = 0, docsExamined = 0, nreturned, nMatched, ndeleted, planSummary = '', ns } = entry
  const [, collection] = /\.(.*)$/.exec(ns) ?? []
  const pipeline: Document[] = entry.command?.pipeline ?? entry.originatingCommand?.pipeline ?? []
  return {
    command: `${entry.op} ${collection} ${[...new Set(planSummary.split(/(?<=}), /))].join(', ')}`,
    examined: Math.max(keysExamined, docsExamined),
    given: nreturned ?? nMatched ?? ndeleted ?? 0,
    isSum: 'count' in (entry.command ?? {}) || pipeline.some(stage => '$group' in stage),
    isSorted: entry.hasSortStage === true,
  }
}
