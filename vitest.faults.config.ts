import { defineConfig } from 'vitest/config'
import { LongFirst } from './tests/setup/long-first.ts'

process.env.FAULTS ??= process.env.CI ? 'short' : 'full'

/** Tests that break things on purpose: processes, networks and providers. `FAULTS=short` takes under 3 minutes. */
export default defineConfig({
  test: {
    include: ['tests/faults/**/*.test.ts'],
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.ci/faults-results.json' }]]
      : ['default'],
    globalSetup: ['tests/setup/mongo.ts'],
    setupFiles: ['tests/setup/file.ts'],
    pool: 'forks',
    // Much of it waits: for what was broken to come back.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
