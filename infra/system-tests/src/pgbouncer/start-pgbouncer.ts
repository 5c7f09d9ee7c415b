import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@incidents/local/find-program';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { startExitGuard } from '@incidents/testing/processes/start-exit-guard';

export interface Program {
  file: string;
  /** Minor version: 24 of 1.24. */
  version: number;
}

/** The first minor version with named statements in transaction mode. */
const FIRST_WITH_NAMED_STATEMENTS = 1.21;

const programs: Program[] = [
  process.env.TEST_PGBOUNCER,
  // Debian installs it in a folder of root's PATH.
  findProgram(['pgbouncer'], { folders: ['/usr/sbin'] }),
].flatMap((file) => (file ? [{ file, version: versionOf(file) }] : []));

/** From this machine or `TEST_PGBOUNCER`; undefined without one. */
export const modernPgBouncer = programs.find(({ version }) => version >= FIRST_WITH_NAMED_STATEMENTS);
export const oldPgBouncer = programs.find(({ version }) => version < FIRST_WITH_NAMED_STATEMENTS);

function versionOf(file: string): number {
  const [, version] =
    /PgBouncer (\d+\.\d+)/.exec(execFileSync(file, ['--version'], { encoding: 'utf8' })) ?? [];
  return Number(version);
}

/** The settings of docs/operations.md. */
export const DOCUMENTED = {
  ignore_startup_parameters: 'options',
  max_prepared_statements: '200',
  connect_query:
    'set statement_timeout = 2000; set lock_timeout = 3000; set idle_in_transaction_session_timeout = 10000; set jit = off',
};

export interface RunningPgBouncer {
  url: string;
  stop(): Promise<void>;
}

export async function startPgBouncer(
  { file }: Program,
  databaseUrl: string,
  { connect_query, ...settings }: Partial<typeof DOCUMENTED>,
): Promise<RunningPgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await findFreePort();
  const database = new URL(databaseUrl);
  const name = database.pathname.slice(1);
  const upstream = [
    `host=${database.hostname}`,
    `port=${database.port || 5432}`,
    `user=${database.username}`,
    ...(database.password ? [`password=${database.password}`] : []),
    ...(connect_query ? [`connect_query='${connect_query}'`] : []),
  ];
  const lines = [
    '[databases]',
    `${name} = ${upstream.join(' ')}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`),
  ];
  const config = join(folder, 'pgbouncer.ini');
  await writeFile(config, `${lines.join('\n')}\n`);
  // PgBouncer refuses to run as root.
  const as = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(file, [...as, config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const guard = startExitGuard('kill -9 "$1"', [String(child.pid)]);
  while (child.exitCode === null && !(await accepts(port))) await sleep(20);
  if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`);
  database.hostname = '127.0.0.1';
  database.port = String(port);
  return {
    url: database.href,
    async stop() {
      await guard.run();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
