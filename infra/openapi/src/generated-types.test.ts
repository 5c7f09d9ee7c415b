import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import document from '@incidents/api/openapi.json' with { type: 'json' };
import openapiTypescript, { astToString } from 'openapi-typescript';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

/** TypeScript 5 of this package, and that of the workspace. */
const compilers = [import.meta.url, new URL('../../../package.json', import.meta.url)].map((from) => {
  const require = createRequire(from);
  const { version }: { version: string } = require('typescript/package.json');
  return { version, path: join(dirname(require.resolve('typescript/package.json')), 'bin/tsc') };
});

/** The examples of the legacy service, and a create without `status`, which it also accepted. */
const legacyExamples = `
import type { operations } from './api.ts';

type Body<Name extends 'createIncident' | 'updateIncident'> =
  operations[Name]['requestBody']['content']['application/json'];
type Query = operations['listIncidents']['parameters']['query'];

export const create: Body<'createIncident'> = {
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
};
export const createWithoutStatus: Body<'createIncident'> = {
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  source: 'operator',
};
export const update: Body<'updateIncident'> = { status: 'в работе' };

export const everything: Query = {};
export const filtered: Query = { status: 'новый' };
export const page: Query = { skip: 10, limit: 5 };

const incident = {
  id: 1,
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
  created_at: '2025-11-08T12:00:00',
};
const problem = { detail: 'Инцидент не найден' };

// Clients read replies: each has at least the fields of its example, with their types.
declare const replies: {
  [Name in 'createIncident' | 'listIncidents' | 'updateIncident']: operations[Name]['responses'];
};
export const created: typeof incident = replies.createIncident[201].content['application/json'];
export const list: (typeof incident)[] = replies.listIncidents[200].content['application/json'];
export const updated: typeof incident = replies.updateIncident[200].content['application/json'];
export const missing: typeof problem = replies.updateIncident[404].content['application/problem+json'];
`;

const refused = `
import type { operations } from './api.ts';

export const withoutText: operations['createIncident']['requestBody']['content']['application/json'] = {
  description: 'd',
  source: 's',
};
`;

describe('the types that openapi-typescript generates', () => {
  let types: string;
  beforeAll(async () => {
    types = astToString(await openapiTypescript(JSON.stringify(document)));
  });

  describe.each(compilers)('with TypeScript $version', ({ path }) => {
    test('permit the examples of the legacy service', async () => {
      expect(await compile(path, { 'api.ts': types, 'client.ts': legacyExamples })).toBe('');
    });

    test('demand the required fields', async () => {
      const errors = await compile(path, { 'api.ts': types, 'client.ts': refused });
      expect(errors).toMatch(/^client\.ts\(4,14\): error TS2741: Property 'text' is missing/);
      expect(
        errors
          .trim()
          .split('\n')
          .filter((line) => line.includes('error')),
      ).toHaveLength(1);
    });
  });
});

/** Returns the errors of the compiler. */
async function compile(compiler: string, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'incidents-types-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    module: 'nodenext',
    allowImportingTsExtensions: true,
    types: [],
  };
  const project = { ...files, 'tsconfig.json': JSON.stringify({ compilerOptions }) };
  for (const [name, text] of Object.entries(project)) await writeFile(join(folder, name), text);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [compiler, '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      if (error && stdout === '') reject(new Error(stderr));
      else resolve(stdout);
    });
  });
}
