import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Instance, readInstance } from '../crash-recovery/instance-lock.ts';
import { listProcesses, sendSignal } from '../crash-recovery/process-table.ts';
import { findFreePort } from '../listen-address.ts';
import { databaseFolder, lockFile, root } from '../paths.ts';
import { waitUntil } from './wait-until.ts';

/** A running `npx pnpm@12 …` in the clone. */
export interface Run {
  child: ChildProcess;
  output(): string;
  /** The pid of `npx` and of its process group. */
  pid: number;
}

export interface Clone {
  folder: string;
  url: string;
  port: number;
  run(script: string): Run;
  /** Runs a program in the clone; returns its standard output. */
  execute(program: string, args: string[], variables?: Record<string, string>): string;
  start(limitMs: number): Promise<Run>;
  instance(): Instance;
  /** Waits until no process and no lock is left; returns the milliseconds. */
  ended(limitMs: number): Promise<number>;
  killEverything(): Promise<void>;
  remove(): Promise<void>;
}

/** Clones the last commit into a new temporary folder. */
export async function cloneCheckout(): Promise<Clone> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'incidents smoke ')));
  // A private folder would test root only in a closed home.
  chmodSync(folder, 0o755);
  execFileSync('git', ['-c', 'safe.directory=*', 'clone', '--quiet', root, folder]);
  const port = await findFreePort();
  const env = newUserEnvironment(port);

  /** The processes whose working directory or command line names the clone. */
  const listOwnProcesses = () => {
    const data = databaseFolder(folder);
    const folders = existsSync(data) ? [folder, realpathSync(data)] : [folder];
    return listProcesses().filter((each) => {
      const texts = [workingFolder(each.pid), ...each.argv];
      return folders.some((folder) => texts.some((text) => text.includes(folder)));
    });
  };

  const run = (script: string): Run => {
    const child = spawn('npx', ['--yes', 'pnpm@12', script], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += stripVTControlCharacters(chunk);
      });
    }
    if (child.pid === undefined) throw new Error('npx could not be started');
    return { child, output: () => text, pid: child.pid };
  };

  const killEverything = async () => {
    await waitUntil('everything is killed', 5_000, () => {
      const living = listOwnProcesses();
      for (const each of living) sendSignal(each, 'SIGKILL');
      return living.length === 0;
    });
  };

  return {
    folder,
    port,
    url: `http://127.0.0.1:${port}`,
    run,
    execute: (program, args, variables) =>
      execFileSync(program, args, { cwd: folder, env: { ...env, ...variables }, encoding: 'utf8' }),
    instance: () => {
      const instance = readInstance(lockFile(folder));
      if (!instance) throw new Error('no launcher holds the lock');
      return instance;
    },
    killEverything,
    start: async (limitMs) => {
      const started = run('start');
      await waitUntil(
        'the stack is ready',
        limitMs,
        () => {
          if (started.child.exitCode !== null) throw new Error('it ended');
          return started.output().includes('Ready in');
        },
        started.output,
      );
      return started;
    },
    ended: async (limitMs) => {
      const startedAt = Date.now();
      const left = () => listOwnProcesses().map(({ pid, argv }) => `${pid} ${argv.join(' ').slice(0, 120)}`);
      await waitUntil(
        'no process and no lock is left',
        limitMs,
        () => left().length === 0 && !existsSync(lockFile(folder)),
        () => [...left(), existsSync(lockFile(folder)) ? 'the lock' : ''].join('\n'),
      );
      return Date.now() - startedAt;
    },
    remove: async () => {
      await killEverything();
      const data = databaseFolder(folder);
      if (existsSync(data)) rmSync(realpathSync(data), { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function exitCode({ child }: Run): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** The environment without variables of this checkout's `pnpm run`, and of databases on this machine. */
function newUserEnvironment(port: number): NodeJS.ProcessEnv {
  const hidden =
    /^(npm_(?!config_(registry|cache|userconfig|cafile))|pnpm_|turbo_|pg|database_url|redis|auth$|admin_api_key|host$|node$|init_cwd)/i;
  const kept = Object.entries(process.env).filter(([name]) => !hidden.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), PORT: String(port) };
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
