import { defineConfig } from 'vitest/config'

/** Checks of a finished Vercel build; run `npm run build:vercel` first. */
export default defineConfig({
  test: {
    include: ['tests/build/**/*.test.ts'],
    // Node loads what was built, as the platform does.
    server: { deps: { external: [/\/\.vercel\/output\//] } },
    testTimeout: 120_000,
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.ci/build-results.json' }]] : ['default'],
  },
})
