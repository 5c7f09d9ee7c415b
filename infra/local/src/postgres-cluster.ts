import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines } from './last-lines.ts';
import { type PostgresPlace, spawnOptions, writeOwned } from './postgres-account.ts';

/** The cluster's superuser. */
export const owner = 'incidents';
const passwordFile = 'password';

/** The password of the cluster's owner, made up at the first start. */
export function readPassword(place: PostgresPlace): string {
  const file = join(place.folder, passwordFile);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeOwned(place, passwordFile, `${password}\n`);
  return password;
}

/**
 * Creates the cluster, beside its place, and moves it there complete, so that a `kill` leaves no half of one.
 *
 * @throws Error with the end of initdb's output.
 */
export async function createCluster(
  { account, binaries, folder }: PostgresPlace,
  cluster: string,
  signal?: AbortSignal,
) {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('cluster.new'))
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const draft = `${cluster}.new-${process.pid}`;
  const args = [
    `--pgdata=${draft}`,
    `--username=${owner}`,
    `--pwfile=${join(folder, passwordFile)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  let output = '';
  // Extensions such as pg_trgm ask the operating system what a letter is, and in C nothing Russian is one.
  for (const letters of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const initdb = spawn(binaries.initdb, [...args, `--lc-ctype=${letters}`], {
      ...spawnOptions(account),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    output = '';
    for (const stream of [initdb.stdout, initdb.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const code = await new Promise((resolve, reject) => {
      initdb.once('error', reject).once('close', resolve);
    });
    if (code === 0) return renameSync(draft, cluster);
    rmSync(draft, { recursive: true, force: true });
  }
  throw new Error(`PostgreSQL's initdb failed:\n${lastLines(output)}`);
}
