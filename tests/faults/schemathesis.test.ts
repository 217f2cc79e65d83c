import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, startApi } from '../helpers/api-process.ts'
import { pythonIsMissing } from '../helpers/python.ts'
import type { Headers } from '../helpers/tenant.ts'
import { changedBetween, snapshotOf } from '../security/snapshot.ts'
import { services } from '../setup/services.ts'
import { type Cast, describeCast, freshCast, sessionOf } from './schemathesis/cast.ts'
import { fuzz, installed, type Plan } from './schemathesis/run.ts'

const missing = await pythonIsMissing()
const isShort = process.env.FAULTS === 'short'
const { SEED, EXAMPLES } = process.env

/** `SEED` and `EXAMPLES` repeat a run. The coverage phase alone makes some 4,000 cases, whatever `examples`. */
const plan: Plan = {
  seed: Number(SEED ?? (isShort ? 20_260_109 : Math.floor(Math.random() * 2 ** 31))),
  phases: isShort ? 'examples,fuzzing,stateful' : 'examples,coverage,fuzzing,stateful',
  examples: Number(EXAMPLES ?? (isShort ? 2 : 60)),
  seconds: isShort ? 170 : 3_600,
}
const RUN_MS = (plan.seconds + 60) * 1000

type Who = 'alice' | 'bob' | 'key' | 'admin' | 'cron'
type Part = { who: Who[]; peers?: boolean; paths: string }

const OF_TENANTS: [string, Part][] = [
  [
    'a signed-in person',
    { who: ['alice', 'bob'], peers: true, paths: '^/api/(?!admin/|cron/|webhooks/|polar/webhook|health)' },
  ],
  ['an API key', { who: ['key'], paths: '^/api/(app/(me|usage|conversations)|files|analytics|ai|v1/)' }],
  [
    'a visitor',
    {
      who: [],
      paths: '^/api/(health|ai|analytics|feedback|forms|webhooks/|polar/webhook|app/conversations/)',
    },
  ],
]
const OF_STAFF: Part = { who: ['admin', 'cron'], paths: '^/api/(admin|cron)/' }

let api: Api
let cast: Cast
let identities: Record<Who, Headers>

describe.skipIf(missing !== null)(
  `the API does what its document says${missing ? ` ${missing}` : ''}`,
  () => {
    beforeAll(async () => {
      console.info(`SEED=${plan.seed} EXAMPLES=${plan.examples}`)
      await installed()
      cast = await freshCast()
      api = await startApi({ TRUST_PROXY: '1' })
      identities = {
        alice: await sessionOf(cast.alice.tenant),
        bob: await sessionOf(cast.bob.tenant),
        key: (await cast.alice.tenant.newKey()).headers,
        admin: await sessionOf(cast.admin),
        cron: { Authorization: `Bearer ${services.cronSecret}` },
      }
    }, 300_000)
    afterAll(() => api?.stop())

    async function expectNoFailure({ who, peers = false, paths }: Part): Promise<void> {
      const { cases, operations, failures, report } = await fuzz(plan, {
        url: api.url,
        cast: await describeCast(cast, identities),
        identities: Object.fromEntries(who.map(name => [name, identities[name]])),
        peers,
        paths,
      })
      console.info(`${cases} cases of ${operations} operations`)
      if (failures.length > 0) console.error(report)
      expect(failures).toEqual([])
      expect(cases).toBeGreaterThan(operations)
    }

    it.each(OF_TENANTS)(
      'to %s, who reaches nothing of another tenant',
      async (_who, part) => {
        const before = await snapshotOf(cast.bob.tenant)
        await expectNoFailure(part)
        expect(changedBetween(before, await snapshotOf(cast.bob.tenant))).toEqual([])
      },
      RUN_MS,
    )

    it('to an admin and to the scheduler', () => expectNoFailure(OF_STAFF), RUN_MS)

    it('and logs no failure but what is not configured', () => {
      const lines = api.log().split('\n').filter(Boolean)
      const others = lines.filter(line => !line.includes('"code":"not_configured"'))
      expect(others).toEqual([])
    })
  },
)
