import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    // Modules hold no state that a test changes: one process runs many files, each module loaded once.
    isolate: false,
    // As many as a small machine has cores: tests wait for processes of their own most of the time.
    maxWorkers: 2,
    globalSetup: ['test/support/bundles.ts', 'test/support/chromium.ts', 'test/support/seen-answers.ts'],
    // They end what hangs; a slow machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
