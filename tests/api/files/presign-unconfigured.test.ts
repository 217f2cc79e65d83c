import { describe, expect, it } from 'vitest'
import { expectProblem } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { leavingNothing } from './stored.ts'

const PRESIGN = '/api/files?action=presign'

describe('a direct upload where files are kept in the database', () => {
  it('is refused, naming the setting', async () => {
    const tenant = await freshTenant()
    const json = { name: 'a.txt', size: 10 }
    const answer = await leavingNothing(tenant, () => tenant.call('POST', PRESIGN, { json }))
    expectProblem(answer, 503, 'not_configured')
    expect(answer.body.detail).toContain('STORAGE_PROVIDER')
  })

  it('is first of all refused to whoever may not share', async () => {
    const tenant = await freshTenant()
    const json = { name: 'a.txt', size: 10, shared: true }
    expectProblem(await tenant.call('POST', PRESIGN, { json }), 403, 'forbidden')
  })
})
