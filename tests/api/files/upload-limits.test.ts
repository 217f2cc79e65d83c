import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { collection, expectExactCharge, leavingNothing, rawForm, setLimits, upload } from './stored.ts'

const send = (tenant: Tenant, content: string | Uint8Array, headers?: Record<string, string>) =>
  tenant.call('POST', '/api/files', {
    body: fileForm(content, 'a.bin', 'video/mp4'),
    ...(headers && { headers }),
  })

describe('the limit of files', () => {
  it('refuses one more, telling where the tenant stands', async () => {
    const tenant = await freshTenant()
    await setLimits(tenant, { files: 2 })
    await upload(tenant, 'one')
    await upload(tenant, 'two')
    const answer = await leavingNothing(tenant, () => send(tenant, 'three'))
    expectProblem(answer, 403, 'limit_reached')
    expect(answer.body).toMatchObject({ limit: 2, used: 2, resetsAt: null })
    expect(answer.body.upgradeUrl).toMatch(/^http/)
  })

  it('lets exactly as many pass as the plan has, however many come at once', async () => {
    const tenant = await freshTenant()
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => send(tenant, `file ${i}`)))
    const stored = answers.filter(({ status }) => status === 201)
    expect(stored).toHaveLength(20)
    for (const answer of answers) if (answer.status !== 201) expectProblem(answer, 403, 'limit_reached')
    await background.drain()
    await expectExactCharge(tenant)
    const bytes = await (await collection('files.files')).countDocuments({})
    expect(bytes).toBe(await (await collection('knowledgefiles')).countDocuments({}))
  })

  it('has room again once a file is deleted', async () => {
    const tenant = await freshTenant()
    await setLimits(tenant, { files: 1 })
    const { id } = await upload(tenant, 'one')
    expectProblem(await send(tenant, 'two'), 403, 'limit_reached')
    expectStatus(await tenant.call('DELETE', `/api/files/${id}`), 200)
    expectStatus(await send(tenant, 'two'), 201)
  })
})

describe('the limit of bytes', () => {
  it('refuses what would pass it before a byte is stored, when the length is announced', async () => {
    const tenant = await freshTenant()
    await setLimits(tenant, { bytes: 100_000 })
    await upload(tenant, Buffer.alloc(60_000), 'a.bin', 'video/mp4')
    const { body, headers } = rawForm([
      { disposition: 'name="file"; filename="b.bin"', type: 'video/mp4', content: Buffer.alloc(200_000) },
    ])
    const answer = await leavingNothing(tenant, () =>
      tenant.call('POST', '/api/files', {
        body,
        headers: { ...headers, 'Content-Length': String(body.byteLength) },
      }),
    )
    expectProblem(answer, 403, 'limit_reached')
    expect(answer.body).toMatchObject({ limit: 100_000, used: 60_000 })
  })

  it('refuses what passed it on the way, when the length is not', async () => {
    const tenant = await freshTenant()
    await setLimits(tenant, { bytes: 100_000 })
    await upload(tenant, Buffer.alloc(60_000), 'a.bin', 'video/mp4')
    const answer = await leavingNothing(tenant, () => send(tenant, Buffer.alloc(40_001)))
    expectProblem(answer, 403, 'limit_reached')
    expect(answer.body).toMatchObject({ limit: 100_000, used: 60_000 })
    expect(answer.body.upgradeUrl).toMatch(/^http/)
    expectStatus(await send(tenant, Buffer.alloc(40_000)), 201)
  })

  it('holds however many uploads come at once', async () => {
    const tenant = await freshTenant()
    await setLimits(tenant, { bytes: 50_000 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(tenant, Buffer.alloc(10_000))))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array(5).fill(201),
      ...Array(5).fill(403),
    ])
    await background.drain()
    await expectExactCharge(tenant)
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 5, bytes: 50_000 })
  })
})

describe('what a tenant is charged for', () => {
  it('is what is stored, after a mixed run', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const other = await freshTenant()
    await setLimits(tenant, { files: 15, bytesPerFile: 30_000 })
    const kept: string[] = []
    const steps = Array.from({ length: 40 }, (_, step) => async () => {
      const size = (step * 7919) % 40_000
      const wrong = step % 9 === 0 ? { 'Content-Type': 'text/plain' } : undefined
      const answer = await send(tenant, Buffer.alloc(size), wrong)
      if (answer.status === 201) kept.push(answer.body.id)
      const removed = step % 3 === 0 ? kept.shift() : undefined
      if (removed) expectStatus(await tenant.call('DELETE', `/api/files/${removed}`), 200)
    })
    for (let i = 0; i < steps.length; i += 4) await Promise.all(steps.slice(i, i + 4).map(step => step()))
    await background.drain()
    await expectExactCharge(tenant)
    expect((await readCounters(tenant.clerkId)).files).toBe(kept.length)
    expect(await readCounters(other.clerkId)).toMatchObject({ files: 0, bytes: 0 })
  })
})
