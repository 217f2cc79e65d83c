import { defineConfig } from 'vitest/config'
import { LongFirst } from './tests/setup/long-first.ts'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/build/**', 'tests/faults/**', 'tests/quiet/**'],
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.ci/test-results.json' }]] : ['default'],
    globalSetup: ['tests/setup/mongo.ts'],
    setupFiles: ['tests/setup/file.ts'],
    pool: 'forks',
    // A process for each file would spend more on loading packages than most files do on their tests.
    isolate: false,
    // One more than the cores of a small machine: much of a test is waiting for processes and the database.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['api/**/*.ts', 'lib/**/*.ts', 'models/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
})
