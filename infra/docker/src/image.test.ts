import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Incident, Statistics } from '@incidents/contracts';
import { root } from '@incidents/local/paths';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCompose, serviceOf } from './testing/compose-file.ts';
import { execForm, lastOf, stepsOf } from './testing/dockerfile.ts';

const run = promisify(execFile);
const targets = ['api', 'worker'];

// Without a container engine: the Dockerfile's own commands make and run the folders of the images.
describe.skipIf(process.platform === 'win32')('the images', () => {
  const database = useTestDatabase({ empty: true });
  const running = new Set<ChildProcess>();
  let imagesFolder: string;
  let port: string;
  let workerPort: string;

  beforeAll(async () => {
    imagesFolder = await mkdtemp(join(tmpdir(), 'incidents-image-'));
    // The other user may have no access to this Node.js.
    await mkdir(join(imagesFolder, 'bin'));
    await copyFile(process.execPath, join(imagesFolder, 'bin/node'), constants.COPYFILE_FICLONE);
    await chmod(imagesFolder, 0o755);
    await chmod(join(imagesFolder, 'bin/node'), 0o755);
    port = String(await findFreePort());
    workerPort = String(await findFreePort());

    for (const commands of buildCommands()) await Promise.all(commands.map(pnpm));
    await Promise.all(targets.map(assemble));
  }, 90_000);

  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([...running].map((child) => once(child, 'close')));
    await run('chmod', ['-R', 'u+w', imagesFolder]);
    await rm(imagesFolder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** The build stage from `turbo run build` on, as steps of parallel commands. */
  function buildCommands(): string[][] {
    const commands = stepsOf('build')
      .filter(({ keyword, text }) => keyword === 'RUN' && /turbo run build|pnpm .* deploy/.test(text))
      .map(({ text }) => text.split('&&').map((command) => command.trim()))
      .map((parts) => parts.filter((command) => command.startsWith('pnpm ')));
    expect(commands.flat()).toHaveLength(3);
    return commands;
  }

  async function pnpm(command: string): Promise<void> {
    const words = command
      .split(/\s+/)
      .map((word) => (word.startsWith('/out/') ? join(imagesFolder, word) : word));
    await run('npx', ['--yes', 'pnpm@12', ...words.slice(1)], {
      cwd: root,
      env: {
        ...process.env,
        pnpm_config_verify_deps_before_run: 'false',
        // Without it pnpm asks the registry for the ages of packages.
        pnpm_config_minimum_release_age: '0',
        // Hard links would make pnpm's store read-only too.
        pnpm_config_package_import_method: 'copy',
      },
    });
  }

  async function assemble(target: string): Promise<void> {
    const folder = join(imagesFolder, target);
    await mkdir(folder);
    for (const { text } of stepsOf(target).filter(({ keyword }) => keyword === 'COPY')) {
      const [from = '', to = ''] = text.split(' ');
      await rename(
        join(imagesFolder, from),
        join(folder, to.endsWith('/') ? join(to, from.split('/').at(-1) ?? '') : to),
      );
    }
    await run('chmod', ['-R', 'a+rX,a-w', folder]);
  }

  /** Starts a process in the folder of an image, with the privileges of its container. */
  function start(target: string, [program = '', ...args]: string[]) {
    const image = Object.assign({}, ...stepsOf(target).map(({ variables }) => variables));
    const child = spawn(program, args, {
      cwd: join(imagesFolder, target),
      env: {
        ...image,
        PATH: join(imagesFolder, 'bin'),
        DATABASE_URL: database.url,
        PORT: port,
        AUTH: 'off',
        ALLOW_OPEN: 'true',
        WORKER_PORT: workerPort,
        NODE_OPTIONS: '--permission --allow-fs-read=*',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(process.getuid?.() === 0 && { uid: 1000, gid: 1000 }),
    });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    const ended = once(child, 'close').then(([code]) => {
      running.delete(child);
      return { code, output };
    });
    return { kill: (signal: NodeJS.Signals) => child.kill(signal), ended };
  }

  const commandOf = (target: string) => execForm(lastOf(stepsOf(target), 'CMD'));
  const healthCheck = (target: string) =>
    start(target, execForm(lastOf(stepsOf(target), 'HEALTHCHECK'))).ended;

  test.each(targets)('of %s contain only the bundle and its npm packages', async (target) => {
    const folder = join(imagesFolder, target);
    expect((await readdir(folder)).sort()).toEqual(['dist', 'node_modules', 'package.json']);
    for (const file of await readdir(join(folder, 'dist'))) expect(file).toMatch(/\.js(\.map)?$/);

    const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const source = JSON.parse(await readFile(join(root, 'apps', target, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies).sort()).toEqual(Object.keys(source.dependencies).sort());

    const installed = await readdir(join(folder, 'node_modules/.pnpm'));
    const isHere = (name: string) =>
      installed.some((entry) => entry.startsWith(`${name.replace('/', '+')}@`));
    expect(Object.keys(dependencies).filter((name) => !isHere(name))).toEqual([]);
    const tools = ['@incidents/core', 'node', 'tsup', 'turbo', 'typescript', 'vitest'];
    expect(tools.filter(isHere)).toEqual([]);
    // The API serves the files of the console.
    const own = await readdir(join(folder, 'node_modules/@incidents')).catch(() => []);
    expect(own).toEqual(target === 'api' ? ['console'] : []);
  });

  test('are read-only for their process', async () => {
    const attempt = "try { fs.writeFileSync('dist/main.js', '') } catch (error) { console.log(error.code) }";
    const { output } = await start('api', ['node', '-e', attempt]).ended;
    expect(output).toContain('ERR_ACCESS_DENIED');
    const here = join(imagesFolder, 'api/dist/main.js');
    const asUser = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};
    await expect(run('sh', ['-c', ': > "$1"', 'sh', here], asUser)).rejects.toThrow(/denied|read-only/i);
  });

  test('migrate an empty database and accept a migrated one', async () => {
    const migration = serviceOf(readCompose(), 'migrate');
    const migrate = () => start(migration.build?.target ?? '', migration.command ?? []).ended;
    expect(await migrate()).toMatchObject({
      code: 0,
      output: expect.stringContaining('the schema is current'),
    });
    expect(await migrate()).toEqual({ code: 0, output: 'the schema is current\n' });
  });

  test('create an incident, run its jobs and end on SIGTERM', async () => {
    for (const target of targets) expect(await healthCheck(target)).toMatchObject({ code: 1 });
    const api = start('api', commandOf('api'));
    const worker = start('worker', commandOf('worker'));
    for (const target of targets)
      await eventually(async () => expect(await healthCheck(target)).toEqual({ code: 0, output: '' }));

    const reply = await fetch(`http://127.0.0.1:${port}/incidents/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: 'Бот не отвечает', description: 'в контейнере', source: 'monitoring' }),
    });
    expect(reply.status).toBe(201);
    expect(Incident.parse(await reply.json()).id).toBe(1);
    await eventually(async () => {
      const { rows } = await database.db.pool.query(
        `select task_identifier, last_error from graphile_worker.jobs
         where (attempts > 0 or run_at <= now()) and task_identifier not like 'heartbeat:%'`,
      );
      expect(rows).toEqual([]);
      const statistics = await fetch(`http://127.0.0.1:${port}/statistics`);
      expect(Statistics.parse(await statistics.json()).total).toBe(1);
    });

    api.kill('SIGTERM');
    worker.kill('SIGTERM');
    for (const { code, output } of [await api.ended, await worker.ended]) {
      expect(code, output).toBe(0);
      expect(output).toContain('"stopped"');
      expect(output).not.toMatch(/"level":"?(error|fatal|50|60)/);
    }
  });
});
