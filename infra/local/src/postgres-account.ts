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
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** Whom PostgreSQL runs as: undefined is the user who runs us. */
export interface Account {
  uid: number;
  gid: number;
}

/** Where PostgreSQL can work: as whom, with which programs, in which folder. */
export interface PostgresPlace {
  account: Account | undefined;
  binaries: PostgresBinaries;
  folder: string;
}

/** Folders outside of any home, where another user can be given a place. */
const sharedFolders = [
  '/var/lib/incident-service',
  '/var/tmp/incident-service',
  join(tmpdir(), 'incident-service'),
];

/**
 * Makes `folder` exist and finds out how PostgreSQL can work in it.
 *
 * PostgreSQL refuses to run as root, so root lends it an unprivileged account; when that one cannot
 * enter the checkout (root's own home is closed to others), programs are copied and data is put
 * outside of it, with a symbolic link in the data's place. Whether it can is found out by trying:
 * modes, ACLs and mount options decide it together.
 *
 * @param say receives a line when something is put elsewhere.
 */
export async function preparePostgresPlace(
  folder: string,
  binaries: PostgresBinaries,
  say: (line: string) => void,
): Promise<PostgresPlace> {
  // Only the folder itself is private: through those above it the account has to pass.
  mkdirSync(dirname(folder), { recursive: true });
  if (process.getuid?.() !== 0) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    requireOwnership(folder);
    return { account: undefined, binaries, folder: realpathSync(folder) };
  }
  const account = chooseAccount(folder);
  const usable = canRun(account, binaries) ? binaries : await copyBinaries(account, binaries);
  const place = ownFolder(account, folder) ?? moveFolder(account, folder, say);
  return { account, binaries: usable, folder: place };
}

/** How PostgreSQL's programs are run: as the account, where it can be, and with no setting but ours. */
export function spawnOptions(account: Account | undefined) {
  // Nobody's PGPORT, PGDATA or locale may decide how the server works.
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...account, cwd: '/', env: { ...Object.fromEntries(kept), LC_ALL: 'C' } };
}

/** Writes a file of the data folder, for its owner alone, whoever of root and the owner has written it before. */
export function writeOwned({ account, folder }: PostgresPlace, name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content, { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
  return file;
}

function requireOwnership(folder: string) {
  const { uid } = statSync(folder);
  if (uid === process.getuid?.()) return;
  throw new Error(
    `${folder} was made when another user (uid ${uid}) started this; start as that user or root, or remove it`,
  );
}

/** The owner of data that exists already, else a system account that every Unix has. */
function chooseAccount(folder: string): Account {
  const owner = existsSync(folder) ? statSync(folder) : undefined;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (option: string) =>
        Number(execFileSync('id', [option, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such account here.
    }
  }
  throw new Error(
    'PostgreSQL cannot run as root, and there is neither a user "postgres" nor "nobody" to run it as',
  );
}

function canRun(account: Account, { initdb, postgres }: PostgresBinaries): boolean {
  return succeeds(account, postgres, '--version') && succeeds(account, initdb, '--version');
}

/** Hands the folder to the account; its real path when the account can work there, else undefined. */
function ownFolder(account: Account, folder: string): string | undefined {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(folder)) rmSync(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const real = realpathSync(folder);
  chownSync(real, account.uid, account.gid);
  return succeeds(account, 'sh', '-c', 'cd "$1" && : >.probe && rm .probe', 'sh', real) ? real : undefined;
}

function moveFolder(account: Account, folder: string, say: (line: string) => void): string {
  const shared = sharedFolder(account);
  const place = join(shared, `data-${shortHash(folder)}`);
  // Data of an earlier run in the closed folder goes along; mv also crosses file systems.
  if (!existsSync(place)) execFileSync('mv', [folder, place]);
  else rmSync(folder, { recursive: true });
  symlinkSync(place, folder);
  const real = ownFolder(account, folder);
  if (!real) throw new Error(`the user of PostgreSQL (uid ${account.uid}) cannot work in ${place}`);
  say(`PostgreSQL cannot run as root nor enter ${folder}; its data is in ${place}`);
  return real;
}

async function copyBinaries(account: Account, binaries: PostgresBinaries): Promise<PostgresBinaries> {
  const root = join(sharedFolder(account), `postgresql-${binaries.version}`);
  const moved = (path: string) => join(root, relative(binaries.root, path));
  const copy = {
    ...binaries,
    root,
    initdb: moved(binaries.initdb),
    pgCtl: moved(binaries.pgCtl),
    postgres: moved(binaries.postgres),
  };
  if (!existsSync(root)) {
    const draft = `${root}.${process.pid}`;
    await cp(binaries.root, draft, { recursive: true, verbatimSymlinks: true });
    // A strict umask at clone time may have closed the originals to others.
    execFileSync('chmod', ['-R', 'a+rX,go-w', draft]);
    try {
      renameSync(draft, root);
    } catch (error) {
      rmSync(draft, { recursive: true });
      // Somebody else has copied them meanwhile.
      if (!existsSync(root)) throw error;
    }
  }
  if (!canRun(account, copy)) throw new Error(`uid ${account.uid} cannot run ${copy.postgres}`);
  return copy;
}

function sharedFolder(account: Account): string {
  for (const folder of sharedFolders) {
    try {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o755);
      if (succeeds(account, 'sh', '-c', 'cd "$1"', 'sh', folder)) return folder;
    } catch {
      // A read-only or closed file system; try the next.
    }
  }
  throw new Error(`no folder that uid ${account.uid} can enter: tried ${sharedFolders.join(', ')}`);
}

function succeeds(account: Account, command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { ...account, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
