import { readFile, writeFile } from 'node:fs/promises';
import { ApiEnv } from '@incidents/api/config';
import { sharedEnv } from '@incidents/runtime/read-env';
import { WorkerEnv } from '@incidents/worker/config';
import { replaceTables } from './replace-tables.ts';
import { variableTable } from './variable-table.ts';

// `pnpm configuration` writes the tables of the document; `--check` only compares them.
const file = new URL('../../../docs/configuration.md', import.meta.url);

const ownVariables = (variables: typeof ApiEnv.shape | typeof WorkerEnv.shape) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !(name in sharedEnv)));

const written = await readFile(file, 'utf8');
const current = replaceTables(written, {
  shared: variableTable(sharedEnv),
  api: variableTable(ownVariables(ApiEnv.shape)),
  worker: variableTable(ownVariables(WorkerEnv.shape)),
});
if (!process.argv.includes('--check')) {
  await writeFile(file, current);
} else if (written !== current) {
  console.error(
    'docs/configuration.md differs from the schemas of the configs: run `pnpm configuration` and commit it',
  );
  process.exitCode = 1;
}
