import { expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../lib/errors.ts'
import { contract } from '../../../lib/http/contract.ts'
import { createRoute, type Served } from '../../../lib/http/create-route.ts'
import { ok } from '../../../lib/http/reply.ts'
import { background } from '../../setup/file.ts'
import { ask } from './ask.ts'

const operation = contract({
  id: 'probe',
  method: 'GET',
  path: '/api/probe',
  tag: 'Test',
  summary: 'For tests',
  callers: ['visitor'],
  responses: { 200: z.object({ done: z.literal(true) }) },
})

it('a request whose answer was given up is logged with all that it took until its end', async () => {
  const recorded: Pick<Served, 'status' | 'facts' | 'caller'>[] = []
  const caller = { kind: 'visitor', clerkId: null, ip: '192.0.2.1' } as const
  const work = Promise.withResolvers<void>()
  const route = createRoute({
    prepare: async () => {},
    inTime: () => Promise.reject(new Error('nothing heard')),
    identify: async () => caller,
    admit: async () => {},
    once: () => Promise.reject(new Error('no key was sent')),
    explain: cause => new AppError('unavailable', 'The database cannot be reached just now.', {}, { cause }),
    record: ({ status, facts, caller }) => recorded.push({ status, facts: { ...facts }, caller }),
  })
  const probe = route(operation, async ({ meter }) => {
    await work.promise
    meter({ totalTokens: 5 })
    return ok({ done: true as const })
  })

  expect((await ask(probe, '/api/probe')).status).toBe(503)
  work.resolve()
  await background.drain()
  expect(recorded).toEqual([{ status: 503, facts: { totalTokens: 5 }, caller }])
})
