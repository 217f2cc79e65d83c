import { expect } from 'vitest'
import { startApi, type Timed } from '../../helpers/api-process.ts'
import { expectProblem, expectStatus, origin } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'
import { newMark } from '../mixed/hand.ts'
import { LONGEST_MS, untilBack } from './endure.ts'
import type { Lane } from './lane.ts'

/** A fresh process answers in time that its database is away, tells nothing more, and serves once it is there. */
export async function comesLate(lane: Lane): Promise<void> {
  await lane.proxy.cut()
  const api = await startApi({ MONGODB_URI: lane.uri })
  try {
    const token = await services.clerk.sessionToken(`user_${newMark()}`)
    const headers = { Authorization: `Bearer ${token}`, Origin: origin }
    const answers = await Promise.all(['/api/health', '/api/app/me'].map(path => api.get(path, headers)))
    for (const answer of answers) expectUnavailable(answer)
    expect(api.log()).toContain('ECONNREFUSED')
    for (const { headers } of answers) expect(api.log()).toContain(headers.get('x-request-id'))
    await lane.proxy.mend()
    await untilBack({ ...lane, api })
    expectStatus(await api.get('/api/app/me', headers), 200)
  } finally {
    await api.stop()
  }
}

function expectUnavailable(answer: Timed): void {
  expectProblem(answer, 503, 'unavailable')
  expect(answer.headers.get('retry-after')).toBe('2')
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1:(?!3000)|ECONN|mongo|selection/i)
  // Without what the process took to load its code.
  const [, total] = /total;dur=([\d.]+)/.exec(answer.headers.get('server-timing') ?? '') ?? []
  expect(Number(total)).toBeLessThan(LONGEST_MS)
}
