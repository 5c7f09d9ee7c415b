import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { beforeAll, describe, expect, test } from 'vitest';
import { useServiceProcesses, waitUntilReady } from '../service-process.ts';
import { run, typescriptVersions, usePackedContracts, type zodVersions } from './packed-contracts.ts';

const CONSUMER = `
import {
  CreateIncident, type CreateIncidentInput, Incident, IncidentList, IncidentStatus, Problem, Statistics,
  UpdateIncident, ValidationProblem,
} from '@incidents/contracts';

declare const process: { argv: string[] };

const url = process.argv[2];
const send = (method: string, path: string, body: unknown) =>
  fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const input: CreateIncidentInput = { text: 'Бот молчит', description: 'с утра', source: 'operator' };
// @ts-expect-error: the source is required
const incomplete: CreateIncidentInput = { text: 'т', description: 'о' };
// @ts-expect-error: no such status
const wrong: UpdateIncident = { status: 'открыт' };
if (CreateIncident.safeParse(incomplete).success || UpdateIncident.safeParse(wrong).success) throw new Error('accepted');

const incident = Incident.parse(await (await send('POST', '/incidents/', input)).json());
const status: 'новый' | 'в работе' | 'закрыт' | (string & {}) = incident.status;
// @ts-expect-error: a row of the legacy service may have another status
const known: 'новый' | 'в работе' | 'закрыт' = incident.status;
const id: number = incident.id;
// @ts-expect-error: an incident is not just anything
incident.nothing;

const list: IncidentList = IncidentList.parse(await (await fetch(url + '/incidents/')).json());
const statistics = Statistics.parse(await (await fetch(url + '/statistics')).json());
const missing = Problem.parse(await (await fetch(url + '/incidents/999')).json());
const refused = ValidationProblem.parse(await (await send('POST', '/incidents/', { text: '' })).json());
console.log(JSON.stringify({
  id, status, listed: list.length, days: statistics.by_day.length, missing: missing.status,
  refused: refused.errors.map(({ path }) => path).sort(), statuses: IncidentStatus.options,
}));
`;

const IMPORTER = `
import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ resolve(specifier, context, next) {
  const result = next(specifier, context);
  urls.push(result.url);
  return result;
} });
const exported = Object.keys(await import('@incidents/contracts'));
console.log(JSON.stringify({ urls, exported }));
`;

const projects: { zod: keyof typeof zodVersions; resolutions: string[] }[] = [
  { zod: '4.1', resolutions: ['nodenext'] },
  { zod: 'current', resolutions: ['nodenext', 'bundler'] },
];

const contracts = usePackedContracts();
const database = useTestDatabase();
const start = useServiceProcesses();
const folders = new Map<string, string>();
let url: string;

beforeAll(async () => {
  for (const { zod } of projects) folders.set(zod, await makeProject(zod));

  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  start('api', { DATABASE_URL: database.url, PORT: String(port) });
  await waitUntilReady(url);
});

function makeProject(zod: keyof typeof zodVersions): Promise<string> {
  const files: Record<string, string> = { 'consumer.ts': CONSUMER, 'importer.js': IMPORTER };
  for (const resolution of ['nodenext', 'bundler']) {
    const compilerOptions = {
      target: 'es2022',
      // The declarations of zod use URL.
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      // Checks the declarations of the package as well.
      skipLibCheck: false,
      module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
      moduleResolution: resolution,
      outDir: resolution,
    };
    files[`${resolution}.json`] = JSON.stringify({ compilerOptions, include: ['consumer.ts'] });
  }
  return contracts.makeProject(`zod-${zod}`, { type: 'module', zod, files });
}

describe.each(projects)('the packed package in a project with zod $zod', ({ zod, resolutions }) => {
  const inProject = (...names: string[]) => join(folders.get(zod) ?? '', ...names);

  test('contains the build and the description only', async () => {
    const installed = inProject('node_modules/@incidents/contracts');
    const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
      .sort();
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.cjs', 'dist/index.js', 'dist/types.js']),
    );
    const allowed =
      /^(dist\/[a-z-]+\.(js|d\.ts|d\.cts)|dist\/(index|types)\.cjs|package\.json|LICENSE|README(\.\w+)?\.md)$/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);

    const description = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(description.dependencies ?? {}).toEqual({});
    expect(Object.keys(description.peerDependencies)).toEqual(['zod']);
    expect(JSON.stringify(description)).not.toMatch(/workspace:|catalog:|\/src\//);
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(description.scripts ?? {}).not.toHaveProperty(hook);
    }
  });

  test('depends only on zod, on disk and in memory', async () => {
    const modules = inProject('node_modules');
    const visible = (await readdir(modules)).filter((name) => !name.startsWith('.'));
    expect(visible.sort()).toEqual(['@incidents', 'zod']);
    expect(await readdir(join(modules, '@incidents'))).toEqual(['contracts']);

    const { urls, exported } = JSON.parse(await run(process.execPath, ['importer.js'], inProject())) as {
      urls: string[];
      exported: string[];
    };
    const strangers = urls.filter((url) => !/\/node_modules\/(@incidents\/contracts\/dist|zod)\//.test(url));
    expect(strangers).toEqual([]);
    expect(urls.length).toBeGreaterThan(2);
    expect(exported).toEqual(expect.arrayContaining(['CreateIncident', 'Incident', 'Statistics']));
  });

  test.each(resolutions)(
    'type-checks with moduleResolution %s, and understands the running API',
    async (resolution) => {
      const compile = [typescriptVersions.current, '--project', `${resolution}.json`];
      expect(await run(process.execPath, compile, inProject())).toBe('');

      const output = await run(process.execPath, [join(resolution, 'consumer.js'), url], inProject());
      expect(JSON.parse(output)).toEqual({
        id: expect.any(Number),
        status: 'новый',
        listed: expect.any(Number),
        days: 30,
        missing: 404,
        refused: ['body.description', 'body.source', 'body.text'],
        statuses: ['новый', 'в работе', 'закрыт'],
      });
    },
  );
});
