import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
