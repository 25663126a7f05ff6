import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // Real programs on a machine that others use too: one second try, which the output shows.
    retry: 1,
    projects: [
      // Not 0: a single worker would run that group last.
      { extends: true, test: { name: 'peers', include: ['test/peers/**/*.test.ts'], sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: 'leaks',
          include: ['test/leaks/all-runs.test.ts'],
          // After all others, for it searches what these have recorded.
          sequence: { groupOrder: 2 },
          globalSetup: ['test/leaks/records-folder.ts'],
        },
      },
    ],
  },
});
