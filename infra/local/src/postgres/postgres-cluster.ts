import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastLines } from '../last-lines.ts';
import { type PostgresRuntime, spawnOptions, writeOwned } from './postgres-runtime.ts';

const execute = promisify(execFile);

export const SUPERUSER = 'incidents';
export const PASSWORD_FILE = 'password';

/** The superuser's password; the first start creates it. */
export function readPassword(runtime: PostgresRuntime): string {
  const file = join(runtime.folder, PASSWORD_FILE);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeOwned(runtime, PASSWORD_FILE, `${password}\n`);
  return password;
}

/** Creates the cluster beside its place and renames it: a `kill -9` leaves no incomplete one. */
export async function createCluster(
  { account, binaries, folder }: PostgresRuntime,
  cluster: string,
  signal?: AbortSignal,
): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('cluster.new'))
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const draft = `${cluster}.new-${process.pid}`;
  const args = [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${join(folder, PASSWORD_FILE)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  let output = '';
  // pg_trgm takes letters from LC_CTYPE of the operating system, and "C" has no Russian ones.
  for (const locale of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    try {
      await execute(binaries.initdb, [...args, `--lc-ctype=${locale}`], { ...spawnOptions(account), signal });
      return renameSync(draft, cluster);
    } catch (error) {
      signal?.throwIfAborted();
      const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
      output = `${stdout ?? ''}${stderr ?? ''}` || message;
      rmSync(draft, { recursive: true, force: true });
    }
  }
  throw new Error(`PostgreSQL's initdb failed:\n${lastLines(output)}`);
}
