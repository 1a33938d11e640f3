import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['{shared,electron,renderer,tests,scripts}/**/*.test.ts'],
    // Native addons (SQLite, sharp, TensorFlow) and process-wide settings want processes, not threads.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What a poll waits for comes late on a busy machine; one second, the default, is a timed test in disguise.
    expect: { poll: { timeout: 20_000 } },
    // Continuous integration drives real browsers and processes on shared machines: one hang there is no verdict.
    // A test that needed its second try is shown as such.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default'],
  },
});
