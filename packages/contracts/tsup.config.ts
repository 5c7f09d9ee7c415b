import { defineConfig } from 'tsup';

// Declarations come from tsc: TypeScript 7 has no compiler API for tsup to ask.
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2022',
  dts: false,
  splitting: false,
  clean: true,
});
