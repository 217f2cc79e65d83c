import { beforeAll, describe, expect, it } from 'vitest'
import { listUsers } from '../../../lib/users/list-users.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { explained } from '../../helpers/explain.ts'
import { anHourAgo, inAnHour, store } from './accounts.ts'

const PEOPLE = 2_000
const LIMIT = 20
const PLANS = [undefined, 'starter', 'professional', 'enterprise'] as const
const STATUSES = [undefined, 'active', 'suspended', 'deleted'] as const
const QS = [undefined, 'p1', 'p1999@', 'zz'] as const

/** Some of each plan are suspended, some were, some are deleted; most are neither. */
function person(index: number) {
  const plan = ['starter', 'starter', 'starter', 'professional', 'enterprise'][index % 5] ?? 'starter'
  const at = new Date(Date.UTC(2026, 0, 1) + index * 1_000)
  const suspension = { at, until: index % 3 === 0 ? null : inAnHour(), reason: 'Spam' }
  return {
    email: `p${index}@x.example`,
    plan,
    ...(index % 29 === 0 && { suspension }),
    ...(index % 211 === 0 && { suspension: { ...suspension, until: anHourAgo() } }),
    ...(index % 31 === 0 && { deletedAt: at }),
  }
}

beforeAll(() => store(Array.from({ length: PEOPLE }, (_, index) => person(index))))

const searches = QS.flatMap(q => PLANS.flatMap(plan => STATUSES.map(status => ({ q, plan, status }))))

describe('a page of users', () => {
  it('is never sorted in memory, whatever is asked for, nor is the page after it', async () => {
    for (const search of searches) {
      const { nextCursor } = await listUsers({ limit: LIMIT, ...search })
      for (const cursor of nextCursor ? [undefined, nextCursor] : [undefined]) {
        const plan = await explained('users', () => listUsers({ limit: LIMIT, cursor, ...search }))
        expect(plan.stages, JSON.stringify(search)).toContain('IXSCAN')
        for (const stage of ['SORT', 'COLLSCAN'])
          expect(plan.stages, JSON.stringify(search)).not.toContain(stage)
      }
    }
  })

  it.each([
    {},
    { status: 'active' },
    { status: 'suspended' },
    { status: 'deleted' },
    { plan: 'enterprise' },
    { plan: 'enterprise', status: 'active' },
    { plan: 'professional', status: 'suspended' },
    { plan: 'professional', status: 'deleted' },
    { q: 'p1' },
    { q: 'p1', status: 'active' },
    { q: 'p1', status: 'suspended' },
    { q: 'p1', status: 'deleted' },
    { q: 'p1', plan: 'enterprise' },
    { q: 'p1', plan: 'enterprise', status: 'active' },
  ] as const)('reads hardly more than it shows: %o', async search => {
    const { nextCursor } = await listUsers({ limit: LIMIT, ...search })
    for (const cursor of nextCursor ? [undefined, nextCursor] : [undefined]) {
      const plan = await explained('users', () => listUsers({ limit: LIMIT, cursor, ...search }))
      expect(plan.returned).toBeGreaterThan(0)
      expect(plan.keysExamined).toBeLessThanOrEqual(2 * plan.returned)
      expect(plan.docsExamined).toBeLessThanOrEqual(2 * plan.returned)
    }
  })

  it('takes three commands, however many it shows', async () => {
    for (const limit of [1, 100]) {
      const commands = await commandsOf(() => listUsers({ limit }))
      expect(commands.sort()).toEqual(['aggregate apikeys', 'find users'])
    }
  })
})
