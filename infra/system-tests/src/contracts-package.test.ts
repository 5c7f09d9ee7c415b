import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useServiceProcesses } from './service-process.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sourceFolder = join(root, 'packages/contracts');
const { version: ourZod } = createRequire(import.meta.url)('zod/package.json') as { version: string };

async function run(program: string, args: string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd, env: process.env })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${basename(program)} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The pnpm that runs the tests, or any of npx. */
function pnpm(args: string[], cwd: string): Promise<string> {
  const path = process.env.npm_execpath;
  if (!path || !basename(path).startsWith('pnpm')) return run('npx', ['--yes', 'pnpm@12', ...args], cwd);
  return /\.[cm]?js$/.test(path) ? run(process.execPath, [path, ...args], cwd) : run(path, args, cwd);
}

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

/** The oldest supported zod, and the one of this repository. */
const projects = [
  { zod: '4.1.0', resolutions: ['nodenext'] },
  { zod: ourZod, resolutions: ['nodenext', 'bundler'] },
];

const database = useTestDatabase();
const start = useServiceProcesses();
let folder: string;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'incidents-contracts-'));
  await pnpm(['pack', '--pack-destination', folder], sourceFolder);
  const [packed] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const tarball = join(folder, packed ?? 'nothing was packed');
  await Promise.all(projects.map(({ zod }) => makeProject(join(folder, zod), tarball, zod)));

  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  start('api', { DATABASE_URL: database.url, PORT: String(port) });
  await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function makeProject(project: string, tarball: string, zod: string): Promise<void> {
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', tarball, `zod@${zod}`],
    project,
  );
  await writeFile(join(project, 'consumer.ts'), CONSUMER);
  await writeFile(join(project, 'importer.js'), IMPORTER);
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
    await writeFile(
      join(project, `${resolution}.json`),
      JSON.stringify({ compilerOptions, include: ['consumer.ts'] }),
    );
  }
}

describe.each(projects)('the packed package in a project with zod $zod', ({ zod, resolutions }) => {
  const inProject = (...names: string[]) => join(folder, zod, ...names);

  test('contains the build and the description only', async () => {
    const installed = inProject('node_modules/@incidents/contracts');
    const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
      .sort();
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'package.json']));
    const allowed = /^(dist\/[a-z-]+\.(js|d\.ts)|package\.json|LICENSE|README(\.\w+)?\.md)$/;
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
      const tsc = join(root, 'node_modules/.bin/tsc');
      expect(await run(tsc, ['--project', `${resolution}.json`], inProject())).toBe('');

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
