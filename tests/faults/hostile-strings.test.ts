import { beforeAll, describe, expect, it } from 'vitest'
import type { Contract } from '../../lib/http/contract.ts'
import { type Base, basesOf, fromSomebodyNew, READERS } from './hostile/bodies.ts'
import { holds, type TextField, textFieldsOf, valueAt, withValue } from './hostile/fields.ts'
import { contracts, databaseHash, expectDocumented, freshStage, type Stage, send } from './hostile/stage.ts'
import { ILL_FORMED, NAUGHTY, roundOf } from './hostile/strings.ts'

/** How many strings a field gets in the short form. */
const SHARE = 8

const takers = contracts.filter(({ body }) => body)
const fields = takers.flatMap(contract => textFieldsOf(contract).map(field => ({ contract, field })))
const cells = fields.map((cell, turn) => ({
  ...cell,
  name: `${cell.contract.id} ${cell.field.path.join('.')}`,
  strings: [...roundOf(ILL_FORMED, turn, 1), ...roundOf(NAUGHTY, turn, SHARE)],
}))

let stage: Stage
beforeAll(async () => {
  stage = await freshStage()
})

/** Fields that take no text of one's own choosing, whatever their schema says. */
const CHOSEN = ['describeImage imageBase64']
/** What needs a bucket is tried where uploads are. */
const ELSEWHERE = ['presignUpload']

describe('the tables', () => {
  it('give each string its turn', () => {
    expect(new Set(cells.flatMap(({ strings }) => strings))).toEqual(new Set([...ILL_FORMED, ...NAUGHTY]))
  })

  it('know where each text that is kept can be read', () => {
    const ids = takers.map(({ id }) => id)
    expect(ids.filter(id => !(id in READERS) && !ELSEWHERE.includes(id))).toEqual([])
  })
})

describe.each(cells.filter(({ contract }) => !ELSEWHERE.includes(contract.id)))(
  '$name',
  ({ name, contract, field, strings }) => {
    it('refuses what it cannot take, and gives back the rest as it came', async () => {
      const base = await reachable(contract, field)
      expect(base !== null || !field.isFree || CHOSEN.includes(name), 'no body reaches it').toBe(true)
      const { path, json } = base ?? basesOf(contract, stage)[0] ?? { path: contract.path, json: {} }
      const bodies = strings.map(text => withValue(fromSomebodyNew(json), field.path, text))
      const [unfit, fit] = sorted(contract, field, bodies)

      const before = await databaseHash()
      for (const body of unfit) {
        const answer = await send(contract, path, stage, { json: body })
        expectDocumented(contract, answer)
        expect(answer.status, JSON.stringify(body)).toBe(400)
      }
      expect(await databaseHash()).toBe(before)
      for (const body of fit) await expectKept(contract, field, path, body)
    })
  },
)

/** Of these every field takes one. */
const PLAIN = ['user', 'text']

/** A right request that is right with another text in this field, too. */
async function reachable(contract: Contract, { path, isFree }: TextField): Promise<Base | null> {
  if (!isFree) return null
  for (const text of PLAIN) {
    for (const base of basesOf(contract, stage)) {
      const json = withValue(fromSomebodyNew(base.json), path, text)
      const { status } = await send(contract, base.path, stage, { json })
      if (status < 300) return base
    }
  }
  return null
}

/** Bodies that must be refused, and those that may be taken. */
function sorted({ body }: Contract, { path }: TextField, bodies: unknown[]): [unknown[], unknown[]] {
  const isFit = (json: unknown) =>
    String(valueAt(json, path)).isWellFormed() && body?.safeParse(json).success === true
  return [bodies.filter(json => !isFit(json)), bodies.filter(isFit)]
}

async function expectKept(contract: Contract, field: TextField, path: string, json: unknown): Promise<void> {
  const answer = await send(contract, path, stage, { json })
  expectDocumented(contract, answer)
  const reader = READERS[contract.id]
  if (answer.status >= 300 || !reader || reader.untold?.includes(String(field.path[0]))) return
  const sent = valueAt(json, field.path)
  const kept = valueAt(contract.body?.parse(json), field.path)
  if (typeof kept !== 'string' || kept === '') return
  if (field.isFree) expect(kept).toBe(String(sent).trim())
  const told = await reader.read(answer, stage, json)
  expect(holds(told, kept), `${JSON.stringify(kept)} in ${JSON.stringify(told)}`).toBe(true)
}
