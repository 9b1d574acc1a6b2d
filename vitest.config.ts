import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    globalSetup: ['test/support/bundles.ts', 'test/support/seen-answers.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
