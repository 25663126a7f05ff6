import { defineConfig } from 'vitest/config';

// A zone half an hour off: code that uses the local time by mistake fails.
process.env['TZ'] = 'America/St_Johns';

// After all others: they search what these have recorded.
const last = ['test/leaks/all-runs.test.ts', 'test/leaks/what-is-searched.test.ts'];

export default defineConfig({
  test: {
    // No test needs a fifth of these: they are for machines that are five times slower, and for what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000, interval: 10 } },
    setupFiles: ['test/support/seed.ts'],
    unstubEnvs: true,
    restoreMocks: true,
    // Processes, not threads: threads crash Node 20 with a segmentation fault now and then.
    pool: 'forks',
    // Most of the time the longest files wait for a program that they have started.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: ['test/peers/**', ...last],
          // Not 0: a single worker would run that group last.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'leaks',
          include: last,
          sequence: { groupOrder: 2 },
          globalSetup: ['test/leaks/records-folder.ts'],
        },
      },
    ],
  },
});
