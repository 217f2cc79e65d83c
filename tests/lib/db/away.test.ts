import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { startApi, type Timed } from '../../helpers/api-process.ts'
import { expectProblem, origin } from '../../helpers/call.ts'
import { openPassage } from '../../helpers/network.ts'
import { services } from '../../setup/services.ts'

const sessionOf = async (clerkId = `user_${randomUUID()}`) => ({
  Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}`,
})

function expectUnavailable(answer: Timed, withinMs: number): void {
  expectProblem(answer, 503, 'unavailable')
  expect(answer.headers.get('retry-after')).toBe('2')
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1:(?!3000)|ECONN|mongo|selection/i)
  expect(answer.ms).toBeLessThan(withinMs)
}

describe('a database that was never there', () => {
  it('makes every route answer 503 in time, and is logged', async () => {
    const api = await startApi({ MONGODB_URI: 'mongodb://127.0.0.1:1/none' })
    try {
      const headers = { ...(await sessionOf()), Origin: origin }
      const answers = await Promise.all(['/api/health', '/api/app/me'].map(path => api.get(path, headers)))
      for (const answer of answers) expectUnavailable(answer, 6_500)
      expect(api.log()).toContain('ECONNREFUSED')
      expect(api.log()).toContain(answers[0]?.headers.get('x-request-id'))
      expectProblem(await api.get('/api/nowhere'), 404, 'not_found')
    } finally {
      await api.stop()
    }
  })
})

describe('a database that goes away', () => {
  it('makes routes answer 503 in time, and serves again once it is back', async () => {
    const passage = await openPassage()
    const api = await startApi({ MONGODB_URI: passage.uri })
    try {
      const headers = { ...(await sessionOf()), Origin: origin }
      expect(await api.get('/api/app/me', headers)).toMatchObject({ status: 200 })
      await passage.cut()
      const answers = await Promise.all(['/api/health', '/api/app/me'].map(path => api.get(path, headers)))
      for (const answer of answers) expectUnavailable(answer, 6_500)
      await passage.mend()
      expect(await api.get('/api/app/me', headers)).toMatchObject({ status: 200 })
      expect(await api.get('/api/health')).toMatchObject({ status: 200 })
    } finally {
      await api.stop()
      await passage.cut()
    }
  })
})

describe('a database that falls silent', () => {
  it('makes health answer 503 in time, and every other route in the end', async () => {
    const passage = await openPassage()
    const api = await startApi({ MONGODB_URI: passage.uri })
    try {
      const headers = { ...(await sessionOf()), Origin: origin }
      expect(await api.get('/api/app/me', headers)).toMatchObject({ status: 200 })
      passage.fallSilent()
      const [health, me] = await Promise.all([
        api.get('/api/health', headers),
        api.get('/api/app/me', headers),
      ])
      expectUnavailable(health, 4_500)
      expectUnavailable(me, 14_000)
    } finally {
      await passage.cut()
      await api.stop('SIGKILL')
    }
  }, 40_000)
})
