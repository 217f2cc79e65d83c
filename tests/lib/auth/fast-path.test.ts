import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract } from '../../../lib/http/contract.ts'
import { ok, route } from '../../../lib/route.ts'
import { type Answer, call, origin } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant, type Headers } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

const probeContract = contract({
  id: 'probe',
  method: 'GET',
  path: '/api/probe',
  tag: 'Test',
  summary: 'Do nothing',
  callers: ['user', 'key'],
  responses: { 200: z.object({ kind: z.enum(['user', 'key']) }) },
})
const probe = route(probeContract, async ({ caller }) => ok({ kind: caller.kind }))

/** Everything the database is asked until a handler that asks nothing has answered. */
async function commandsOfProbe(headers: Headers, kind: string): Promise<string[]> {
  await background.drain()
  return commandsOf(async () => {
    const response = await probe(new Request(`${origin}/api/probe`, { headers }))
    expect(await response.json()).toEqual({ kind })
  })
}

describe('before a handler runs', () => {
  it('a session costs one database command', async () => {
    const { session } = await freshTenant()
    for (let count = 0; count < 3; count++)
      expect(await commandsOfProbe(session, 'user')).toEqual(['find users'])
  })

  it('a key costs one, the first time as well as later', async () => {
    const { newKey } = await freshTenant()
    const { headers } = await newKey()
    for (let count = 0; count < 3; count++)
      expect(await commandsOfProbe(headers, 'key')).toEqual(['aggregate apikeys'])
  })
})

it('a read with a key costs one before the handler and one of the handler', async () => {
  const { newKey } = await freshTenant()
  const { headers } = await newKey()
  await background.drain()
  const commands = await commandsOf(() => call('GET', '/api/app/me', { headers }))
  expect(commands).toEqual(['aggregate apikeys', 'aggregate apikeys'])
})

it('reads with a key share their commands, whoever makes them', async () => {
  const tenants = await Promise.all(Array.from({ length: 8 }, () => freshTenant()))
  const keys = await Promise.all(tenants.map(({ newKey }) => newKey()))
  const askAll = () => Promise.all(keys.map(({ headers }) => call('GET', '/api/app/me', { headers })))
  await askAll()
  await background.drain()
  let answers: Answer[] = []
  const commands = await commandsOf(async () => {
    answers = await askAll()
  })
  expect(answers.map(({ body }) => body.clerkId)).toEqual(tenants.map(({ clerkId }) => clerkId))
  // Two each when they are alone.
  expect(commands.length).toBeLessThanOrEqual(8)
})
