import { readFile, writeFile } from 'node:fs/promises';
import { openapiJson } from './openapi.ts';

// `pnpm openapi` writes the document; `--check` compares it with the committed one.
const file = new URL('../openapi.json', import.meta.url);
if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== openapiJson()) {
    console.error('apps/api/openapi.json differs from the routes: run `pnpm openapi` and commit it');
    process.exit(1);
  }
} else {
  await writeFile(file, openapiJson());
}
