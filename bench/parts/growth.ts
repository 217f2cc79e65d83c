import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, type Options, type Part, type Table, type Target } from '../lib/part.ts'
import { alternating } from './growth/alternating.ts'
import { compareAppends } from './growth/append.ts'
import { fill } from './growth/fill.ts'
import { begunIn, inviteTo, openPlace, type People, type Place } from './growth/place.ts'
import { type Most, mostOf, readingsOf, summedIn } from './growth/plans.ts'
import type { Question, Subject } from './growth/questions.ts'
import { settle } from './growth/settle.ts'
import { subjects } from './growth/subjects/index.ts'

const SMALL = 10_000
const LARGE = Number(process.env.BENCH_DOCUMENTS ?? 1_000_000)
/** As many are filled at once as a small machine has cores. */
const AT_ONCE = 2
/** How much longer anything may take with a hundred times as many documents. */
const BOUND = 1.3
const ASKED_PER_ROUND = 15
/** A server that has just built indexes goes on writing them out. */
const CALM_MS = 2_000

type Found = { question: Question; smallMs: number; largeMs: number; most: Most; summed: [number, number] }

/** Every list, search and report beside itself on a collection a hundred times as large. */
export const growth: Part = {
  name: 'growth',
  about: `lists, searches and reports with ${LARGE.toLocaleString('en')} documents in their collection, and ${SMALL.toLocaleString('en')}`,
  async run(stage, options) {
    const appended = await compareAppends(stage, options)
    const people = await inviteTo(stage)
    const small = await openPlace(stage, 'small', people)
    const large = await openPlace(stage, 'large', people)
    const tables: Table[] = [...appended.tables]
    const targets: Target[] = [...appended.targets]
    const chosen = wanted()
    for (let at = 0; at < chosen.length; at += AT_ONCE) {
      const together = chosen.slice(at, at + AT_ONCE)
      const emptied = await Promise.all(
        together.map(subject => fillBoth(subject, small, large, people, options)),
      )
      if (together.some(({ isSettled }) => isSettled)) await Promise.all([small, large].map(settle))
      await sleep(CALM_MS)
      for (const subject of together) {
        const found = await compare(subject, small, large, people, options)
        tables.push(tableOf(subject, found))
        targets.push(...targetsOf(subject, found))
      }
      await Promise.all(emptied.map(empty => empty()))
    }
    return { tables, targets }
  },
}

function wanted(): readonly Subject[] {
  const names = process.env.BENCH_COLLECTIONS?.split(',')
  return names ? subjects.filter(({ model }) => names.includes(model.collection.collectionName)) : subjects
}

async function fillBoth(
  { model, fields }: Subject,
  small: Place,
  large: Place,
  { askers }: People,
  { note }: Options,
): Promise<() => Promise<void>> {
  const begun = performance.now()
  const empty = [
    await fill(large.db, model, fields(LARGE, askers), LARGE),
    await fill(small.db, model, fields(SMALL, askers), SMALL),
  ]
  note(`${model.collection.collectionName} filled in ${Math.round((performance.now() - begun) / 1000)} s`)
  return async () => {
    for (const one of empty) await one()
  }
}

async function compare(
  { model, questions }: Subject,
  small: Place,
  large: Place,
  { askers }: People,
  options: Options,
): Promise<Found[]> {
  const { collectionName } = model.collection
  const found: Found[] = []
  for (const question of questions(askers)) {
    const inSmall = await begunIn(small, collectionName, question)
    const inLarge = await begunIn(large, collectionName, question)
    const read = await readingsOf(large.db, () => large.ask(inLarge))
    const readInSmall = await readingsOf(small.db, () => small.ask(inSmall))
    const most = mostOf(read, collectionName)
    const summed: [number, number] = [summedIn(readInSmall), summedIn(read)]
    const [smallMs, largeMs] = await alternating(
      () => small.ask(inSmall),
      () => large.ask(inLarge),
      { times: options.rounds * ASKED_PER_ROUND, bound: BOUND },
    )
    found.push({ question, smallMs, largeMs, most, summed })
  }
  options.note(`${collectionName} measured`)
  return found
}

function tableOf({ model }: Subject, found: Found[]): Table {
  const rows = found.map(({ question: { about, as }, smallMs, largeMs, most, summed }) => {
    const { perDocument, isSorted, command } = most
    const sorted = isSorted ? ', sorted' : ''
    return [about, as, smallMs, largeMs, largeMs / smallMs, perDocument, `${command}${sorted}`, ...summed]
  })
  const columns = ['what', 'asked by', 'ms', 'ms, large', 'x', 'read per document', 'by the command']
  columns.push('summed up', 'summed up, large')
  return { title: model.collection.collectionName, columns, rows }
}

function targetsOf({ model }: Subject, found: Found[]): Target[] {
  const name = model.collection.collectionName
  const growth = Math.max(...found.map(({ smallMs, largeMs }) => largeMs / smallMs))
  const read = Math.max(...found.map(({ most }) => most.perDocument))
  return [
    atMost(BOUND, `growth-time-${name}`, growth, 'x at 10,000'),
    atMost(2, `growth-read-${name}`, read, 'keys or documents read / returned'),
  ]
}
