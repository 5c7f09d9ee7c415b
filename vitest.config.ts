import { defineConfig } from 'vitest/config';

// One run over the whole workspace: the tests share one PostgreSQL, which the global setup finds or starts.
export default defineConfig({
  test: {
    include: ['{apps,packages,infra}/*/src/**/*.test.ts'],
    globalSetup: ['packages/testing/src/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
