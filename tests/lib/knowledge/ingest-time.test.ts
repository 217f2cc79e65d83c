import { expect, it, vi } from 'vitest'
import { endOfRun } from '../../../lib/knowledge/internal/run.ts'

// Settings are read when the first request comes.
process.env.AI_TIMEOUT_MS = '200000'

it('leaves the last call to a provider, and reading before it, the time they may take', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  expect(endOfRun().getTime()).toBe(77_000)
  vi.useRealTimers()
})
