import { defineConfig } from 'vitest/config'

/** Checks of a finished Vercel build (run `npm run build:vercel` first) and of a packed one, which is built here. */
export default defineConfig({
  test: {
    include: ['tests/build/**/*.test.ts'],
    globalSetup: ['tests/build/packed-build.ts'],
    // Node loads what was built, as the platform does.
    server: { deps: { external: [/\/\.vercel\//] } },
    // As many as a small machine has cores.
    maxWorkers: 2,
    testTimeout: 120_000,
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.ci/build-results.json' }]] : ['default'],
  },
})
