import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Contract } from '../../lib/http/contract.ts'
import { ROWS } from '../security/rows.ts'
import { parametersOf } from './hostile/fields.ts'
import { expectNoPollution } from './hostile/prototypes.ts'
import {
  contracts,
  databaseHash,
  expectDocumented,
  freshStage,
  type Stage,
  send,
  subjectOf,
} from './hostile/stage.ts'
import { NAUGHTY, roundOf } from './hostile/strings.ts'

const SHARE = 2

/** Values as they stand in a URL: no text could be written so. */
const RAW = [
  '%ff',
  '%00',
  'a%00b',
  '%c0%ae%c0%ae%c0%af',
  '%ed%a0%80',
  '%',
  '%zz',
  '%u0000',
  '%2e%2e%2f',
  '..%5c..%5c',
  '%0d%0aSet-Cookie:%20a=b',
  '%EF%BB%BF',
  '%F0%9F%98%80',
  '1e400',
  '-0',
  '00000000000000000000000A',
  '+275760-09-13T00:00:00.001Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-14:00',
  '2026-02-30',
  '9'.repeat(400),
  'a'.repeat(8_000),
]

/** Of these a request changes the answer to the next. */
const MOVING = ['getOverview', 'getUsage']

/** Names that other frameworks make objects of. */
const NAMES = (name: string) => [
  `${name}[$ne]=x`,
  `${name}[$gt]=`,
  `${name}[]=x`,
  `${name}.$where=1`,
  '__proto__=x',
  '__proto__[polluted]=1',
  'constructor[prototype][polluted]=1',
  'constructor.prototype.polluted=1',
  '%ff=%ff',
  '&&=&',
]

const cells = contracts.flatMap(contract =>
  (['query', 'path'] as const).flatMap(place =>
    parametersOf(contract, place).map(parameter => ({ contract, place, parameter, id: contract.id })),
  ),
)

let stage: Stage
beforeAll(async () => {
  stage = await freshStage()
})
afterEach(expectNoPollution)

describe.each(cells.map((cell, turn) => ({ ...cell, turn })))(
  '$id: $parameter in the $place',
  ({ contract, place, parameter, turn }) => {
    it('takes or refuses each value as documented', async () => {
      const texts = roundOf(NAUGHTY, turn, SHARE).map(text => encodeURIComponent(text))
      const before = await databaseHash()
      let changed = false
      for (const value of [...roundOf(RAW, turn, SHARE), ...texts]) {
        const path =
          place === 'query' ? withQuery(contract, parameter, value) : withSegment(contract, parameter, value)
        const answer = await send(contract, path, stage, optionsOf(contract))
        expectDocumented(contract, answer)
        changed ||= answer.status < 400 && contract.method !== 'GET'
      }
      if (!changed) expect(await databaseHash()).toBe(before)
    })
  },
)

const readers = cells.filter(({ contract, place }) => contract.method === 'GET' && place === 'query')

describe.each(readers)('$id', ({ contract, parameter }) => {
  it(`makes no object of ${parameter}`, async () => {
    const path = pathOf(contract)
    const plain = await send(contract, path, stage)
    const more = NAMES(parameter).join('&')
    const answer = await send(contract, `${path}${path.includes('?') ? '&' : '?'}${more}`, stage)
    expectDocumented(contract, answer)
    expect(answer.status).toBe(plain.status)
    const tells = plain.status < 400 && !MOVING.includes(contract.id)
    if (tells) expect(answer.body).toEqual(plain.body)
  })
})

function pathOf(contract: Contract): string {
  return ROWS[contract.id]?.[0]?.path(subjectOf(contract, stage)) ?? contract.path
}

function optionsOf(contract: Contract) {
  return ROWS[contract.id]?.[0]?.options?.(subjectOf(contract, stage)) ?? {}
}

/** The row's path with another value of a parameter. */
function withQuery(contract: Contract, parameter: string, value: string): string {
  const [path = '', query = ''] = pathOf(contract).split('?')
  const others = query.split('&').filter(pair => pair && !pair.startsWith(`${parameter}=`))
  return `${path}?${[...others, `${parameter}=${value}`].join('&')}`
}

/** The row's path with another value of a segment. */
function withSegment(contract: Contract, parameter: string, value: string): string {
  const [path = '', query] = pathOf(contract).split('?')
  const names = contract.path.split('/')
  const segments = path.split('/').map((segment, at) => (names[at] === `{${parameter}}` ? value : segment))
  return segments.join('/') + (query === undefined ? '' : `?${query}`)
}
