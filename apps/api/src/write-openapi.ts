import { readFile, writeFile } from 'node:fs/promises';
import { openapiJson } from './openapi.ts';

// `pnpm openapi` writes the document; `--check` only compares it with the one that is committed.
const file = new URL('../openapi.json', import.meta.url);
if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== openapiJson()) {
    console.error('apps/api/openapi.json is not what the routes say: run `pnpm openapi` and commit it');
    process.exit(1);
  }
} else {
  await writeFile(file, openapiJson());
}
