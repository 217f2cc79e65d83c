import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Contract } from '../../lib/http/contract.ts'
import type { Answer } from '../helpers/call.ts'
import { basesOf, fromSomebodyNew } from './hostile/bodies.ts'
import { expectNoPollution } from './hostile/prototypes.ts'
import { misplaced, odd, overfull, type Sent, typeOf, unreadable } from './hostile/shapes.ts'
import { contracts, databaseHash, expectDocumented, freshStage, type Stage, send } from './hostile/stage.ts'
import { roundOf } from './hostile/strings.ts'

/** What needs a bucket answers that it has none before it reads a body. */
const takers = contracts.filter(({ body, id }) => body && id !== 'presignUpload')

/** What a body that cannot be read is answered with. */
const UNREAD = [400, 413, 415]

let stage: Stage
beforeAll(async () => {
  stage = await freshStage()
})
afterEach(expectNoPollution)

/** How many of its bodies an operation gets in the short form. */
const SHARE = 5

describe.each(takers.map((contract, turn) => ({ id: contract.id, contract, turn })))(
  '$id',
  ({ contract, turn }) => {
    const base = () => basesOf(contract, stage)[0] ?? { path: contract.path, json: {} }

    it('refuses a body it cannot read', async () => {
      await expectRefused(contract, roundOf(unreadable(contract, base().json), turn, SHARE))
    })

    it('refuses operators, lists and numbers in the place of texts', async () => {
      await expectCareful(contract, misplaced(contract, base().json))
    })

    it('refuses members nobody asked for', async () => {
      const bodies = roundOf(overfull(base().json), turn, SHARE)
      if (isOpen(contract)) await expectCareful(contract, bodies)
      else await expectRefused(contract, bodies)
    })

    it('reads an oddly written body as any other', async () => {
      for (const body of roundOf(odd(fromSomebodyNew(base().json)), turn, 2)) {
        const { status } = await sendBody(contract, body)
        expect(UNREAD, body.name).not.toContain(status)
      }
    })
  },
)

/** Whether an operation passes on what it does not know. */
function isOpen({ path }: Contract): boolean {
  return path.startsWith('/api/v1/')
}

async function sendBody(contract: Contract, sent: Sent): Promise<Answer> {
  const { path } = basesOf(contract, stage)[0] ?? contract
  const type = typeOf(sent)
  const started = performance.now()
  const answer = await send(contract, path, stage, {
    headers: type ? { 'Content-Type': type } : {},
    body: typeof sent.body === 'string' ? Buffer.from(sent.body) : sent.body,
  })
  expect(performance.now() - started, `${sent.name} took`).toBeLessThan(5_000)
  expectDocumented(contract, answer)
  return answer
}

async function expectRefused(contract: Contract, bodies: readonly Sent[]): Promise<void> {
  const before = await databaseHash()
  const taken: string[] = []
  for (const body of bodies) {
    const { status } = await sendBody(contract, body)
    if (status < 400) taken.push(body.name)
  }
  expect(taken).toEqual([])
  expect(await databaseHash()).toBe(before)
}

/** Each is answered as documented, and what is refused changes nothing. */
async function expectCareful(contract: Contract, bodies: readonly Sent[]): Promise<void> {
  const isUnfit = ({ body }: Sent) => !contract.body?.safeParse(read(String(body))).success
  await expectRefused(contract, bodies.filter(isUnfit))
  for (const body of bodies.filter(one => !isUnfit(one))) {
    const before = await databaseHash()
    const { status } = await sendBody(contract, body)
    if (status >= 400) expect(await databaseHash(), body.name).toBe(before)
  }
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
