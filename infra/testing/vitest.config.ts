import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// One run over the whole workspace: the tests share one PostgreSQL, which the global setup finds or starts.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['{apps,packages,infra}/*/src/**/*.test.ts'],
    globalSetup: ['infra/testing/src/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
