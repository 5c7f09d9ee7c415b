import { chownSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dropPrivileges } from './drop-privileges.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

export interface Account {
  uid: number;
  gid: number;
}

export interface PostgresRuntime {
  /** undefined: the user of this process. */
  account: Account | undefined;
  binaries: PostgresBinaries;
  folder: string;
}

/** Creates `folder` and determines how PostgreSQL can run in it. */
export async function preparePostgresRuntime(
  folder: string,
  binaries: PostgresBinaries,
  say: (line: string) => void,
): Promise<PostgresRuntime> {
  // Parents are not private: another account passes through them.
  mkdirSync(dirname(folder), { recursive: true });
  if (process.getuid?.() === 0) return dropPrivileges(folder, binaries, say);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireOwnership(folder);
  return { account: undefined, binaries, folder: realpathSync(folder) };
}

/** Spawns as the account, without variables that configure PostgreSQL. */
export function spawnOptions(account: Account | undefined) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...account, cwd: '/', env: { ...Object.fromEntries(kept), LC_ALL: 'C' } };
}

export function writeOwned({ account, folder }: PostgresRuntime, name: string, content: string): void {
  const file = join(folder, name);
  writeFileSync(file, content, { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
}

function requireOwnership(folder: string) {
  const { uid } = statSync(folder);
  if (uid === process.getuid?.()) return;
  throw new Error(
    `${folder} was made when another user (uid ${uid}) started this; start as that user or root, or remove it`,
  );
}
