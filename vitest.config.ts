import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    env: { TZ: 'America/St_Johns' },
    testTimeout: 20_000,
    unstubEnvs: true,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: ['test/peers/**', 'test/leaks/all-runs.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'leaks',
          include: ['test/leaks/all-runs.test.ts'],
          // After all others: it searches what they have recorded.
          sequence: { groupOrder: 1 },
          globalSetup: ['test/leaks/records-folder.ts'],
        },
      },
    ],
  },
});
