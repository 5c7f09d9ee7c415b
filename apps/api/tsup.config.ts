import { defineConfig } from 'tsup';

// The workspace's packages are TypeScript and go into the bundle; what npm brings stays outside.
export default defineConfig({
  entry: { main: 'src/main.ts', cli: 'src/cli.ts', migrate: '../../packages/db/src/migrate-cli.ts' },
  format: 'esm',
  target: 'node22',
  noExternal: [/^@incidents\//],
  dts: false,
  splitting: false,
  sourcemap: true,
  clean: true,
});
