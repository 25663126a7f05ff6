import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/peers/**', 'node_modules/**'],
    env: { TZ: 'America/St_Johns' },
    testTimeout: 20_000,
    unstubEnvs: true,
    restoreMocks: true,
  },
});
