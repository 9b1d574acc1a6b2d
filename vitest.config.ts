import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    globalSetup: ['test/support/bundles.ts', 'test/support/seen-answers.ts'],
    // They end what hangs; a slow machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
