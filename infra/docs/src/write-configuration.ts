import { readFile, writeFile } from 'node:fs/promises';
import { ApiEnv } from '@incidents/api/config';
import { sharedEnv } from '@incidents/runtime/read-env';
import { WorkerEnv } from '@incidents/worker/config';
import { envExample } from './env-example.ts';
import { replaceTables } from './replace-tables.ts';
import { variableTable } from './variable-table.ts';

// `pnpm configuration` writes the tables of the document and `.env.example`; `--check` only compares them.
const root = new URL('../../../', import.meta.url);

const ownVariables = (variables: typeof ApiEnv.shape | typeof WorkerEnv.shape) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !(name in sharedEnv)));

const read = (file: string) => readFile(new URL(file, root), 'utf8').catch(() => '');
const [api, worker] = [ownVariables(ApiEnv.shape), ownVariables(WorkerEnv.shape)];
const current = {
  'docs/configuration.md': replaceTables(await read('docs/configuration.md'), {
    shared: variableTable(sharedEnv),
    api: variableTable(api),
    worker: variableTable(worker),
  }),
  '.env.example': envExample({ 'API and worker': sharedEnv, API: api, Worker: worker }),
};

for (const [file, text] of Object.entries(current)) {
  if (!process.argv.includes('--check')) {
    await writeFile(new URL(file, root), text);
  } else if ((await read(file)) !== text) {
    console.error(
      `${file} differs from the schemas of the configs: run \`pnpm configuration\` and commit it`,
    );
    process.exitCode = 1;
  }
}
