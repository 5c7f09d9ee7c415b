import { defineConfig } from 'tsup';

// CommonJS alone; tsc emits the ES modules, one per source, so that bundlers drop those without a use.
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'cjs',
  target: 'es2022',
  dts: false,
  splitting: false,
  clean: true,
});
