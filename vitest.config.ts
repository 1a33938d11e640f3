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
    retry: 0,
    reporters: ['default'],
  },
});
