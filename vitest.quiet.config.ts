import { defineConfig } from 'vitest/config'

/** Tests that compare times: one after another, with nothing beside them. */
export default defineConfig({
  test: {
    include: ['tests/quiet/**/*.test.ts'],
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.ci/quiet-results.json' }]] : ['default'],
    globalSetup: ['tests/setup/mongo.ts'],
    setupFiles: ['tests/setup/file.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
