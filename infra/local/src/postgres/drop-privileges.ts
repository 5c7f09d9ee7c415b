import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { Account, PostgresRuntime } from './postgres-runtime.ts';

const SHARED_FOLDERS = [
  '/var/lib/incident-service',
  '/var/tmp/incident-service',
  join(tmpdir(), 'incident-service'),
];

/**
 * PostgreSQL refuses to run as root, so it runs as another user. Where that user cannot enter the checkout,
 * programs are copied and data is linked from elsewhere. Modes, ACLs and mounts decide that, so it is tried.
 */
export async function dropPrivileges(
  folder: string,
  binaries: PostgresBinaries,
  say: (line: string) => void,
): Promise<PostgresRuntime> {
  const account = chooseAccount(folder);
  return {
    account,
    binaries: canRun(account, binaries) ? binaries : await copyBinaries(account, binaries),
    folder: giveFolder(account, folder) ?? moveFolder(account, folder, say),
  };
}

/** The owner of existing data, else a system account that every Unix has. */
function chooseAccount(folder: string): Account {
  const owner = existsSync(folder) ? statSync(folder) : undefined;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (option: string) =>
        Number(execFileSync('id', [option, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {}
  }
  throw new Error(
    'PostgreSQL cannot run as root, and there is neither a user "postgres" nor "nobody" to run it as',
  );
}

function canRun(account: Account, { initdb, postgres }: PostgresBinaries): boolean {
  return succeeds(account, postgres, '--version') && succeeds(account, initdb, '--version');
}

/** Returns the real path, or undefined when the account cannot write there. */
function giveFolder(account: Account, folder: string): string | undefined {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(folder)) rmSync(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const real = realpathSync(folder);
  chownSync(real, account.uid, account.gid);
  return succeeds(account, 'sh', '-c', 'cd "$1" && : >.probe && rm .probe', 'sh', real) ? real : undefined;
}

function moveFolder(account: Account, folder: string, say: (line: string) => void): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const moved = join(findSharedFolder(account), `data-${hash}`);
  // mv keeps existing data and crosses file systems.
  if (!existsSync(moved)) execFileSync('mv', [folder, moved]);
  else rmSync(folder, { recursive: true });
  symlinkSync(moved, folder);
  const real = giveFolder(account, folder);
  if (!real) throw new Error(`the user of PostgreSQL (uid ${account.uid}) cannot work in ${moved}`);
  say(`PostgreSQL cannot run as root nor enter ${folder}; its data is in ${moved}`);
  return real;
}

async function copyBinaries(account: Account, binaries: PostgresBinaries): Promise<PostgresBinaries> {
  const root = join(findSharedFolder(account), `postgresql-${binaries.version}`);
  const moved = (path: string) => join(root, relative(binaries.root, path));
  const copy = {
    ...binaries,
    root,
    initdb: moved(binaries.initdb),
    postgres: moved(binaries.postgres),
  };
  if (!existsSync(root)) {
    const draft = `${root}.${process.pid}`;
    await cp(binaries.root, draft, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX,go-w', draft]);
    try {
      renameSync(draft, root);
    } catch (error) {
      rmSync(draft, { recursive: true });
      if (!existsSync(root)) throw error;
    }
  }
  if (!canRun(account, copy)) throw new Error(`uid ${account.uid} cannot run ${copy.postgres}`);
  return copy;
}

function findSharedFolder(account: Account): string {
  for (const folder of SHARED_FOLDERS) {
    try {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o755);
      if (succeeds(account, 'sh', '-c', 'cd "$1"', 'sh', folder)) return folder;
    } catch {}
  }
  throw new Error(`no folder that uid ${account.uid} can enter: tried ${SHARED_FOLDERS.join(', ')}`);
}

function succeeds(account: Account, command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { ...account, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
