import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract } from '../../../lib/http/contract.ts'
import { ok, route } from '../../../lib/route.ts'
import { origin } from '../../helpers/call.ts'
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

  it('a key costs two, the first time as well as later', async () => {
    const { newKey } = await freshTenant()
    const { headers } = await newKey()
    for (let count = 0; count < 3; count++)
      expect(await commandsOfProbe(headers, 'key')).toEqual(['find apikeys', 'find users'])
  })
})
