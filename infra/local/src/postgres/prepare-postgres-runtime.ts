import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { dropPrivileges } from './drop-privileges.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { PostgresRuntime } from './postgres-runtime.ts';

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

function requireOwnership(folder: string) {
  const { uid } = statSync(folder);
  if (uid === process.getuid?.()) return;
  throw new Error(
    `${folder} was made when another user (uid ${uid}) started this; start as that user or root, or remove it`,
  );
}
