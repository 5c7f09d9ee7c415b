import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive, type ProcessIdentity, readProcess } from './process-table.ts';

/** A lock file's content: the launcher and its children. */
export interface Instance extends ProcessIdentity {
  children: Record<string, ProcessIdentity>;
}

export interface InstanceLock {
  /** Records a child for the next launcher; undefined removes it. */
  recordChild(name: string, child: ProcessIdentity | undefined): void;
  release(): void;
}

export class AlreadyRunningError extends Error {
  override name = 'AlreadyRunningError';
  constructor(pid: number) {
    super(`already running here, as process ${pid}; end it with: npx pnpm@12 stop`);
  }
}

/** One launcher per checkout; also returns the stale lock of a killed one. Throws AlreadyRunningError. */
export function acquireInstanceLock(file: string): { lock: InstanceLock; stale: Instance | undefined } {
  mkdirSync(dirname(file), { recursive: true });
  const self = readProcess(process.pid);
  if (!self) throw new Error('cannot read the process table (/proc or ps)');
  const draft = `${file}.${process.pid}`;
  const stale = readInstance(file);
  // The stale children stay recorded: this launcher may be killed before it has ended them.
  const mine: Instance = { pid: self.pid, startedAt: self.startedAt, children: { ...stale?.children } };
  try {
    if (stale) removeStaleLock(file, stale);
    writeFileSync(draft, JSON.stringify(mine));
    // A link is atomic: it appears with its content, or fails because the file exists.
    linkSync(draft, file);
  } catch (error) {
    const holder = readInstance(file);
    if (holder && (error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new AlreadyRunningError(holder.pid);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const isHeld = () => {
    const holder = readInstance(file);
    return holder?.pid === mine.pid && holder.startedAt === mine.startedAt;
  };
  return {
    stale,
    lock: {
      recordChild(name, child) {
        if (child) mine.children[name] = { pid: child.pid, startedAt: child.startedAt };
        else delete mine.children[name];
        if (!isHeld()) return;
        writeFileSync(draft, JSON.stringify(mine));
        renameSync(draft, file);
      },
      release() {
        if (isHeld()) rmSync(file, { force: true });
      },
    },
  };
}

export function readInstance(file: string): Instance | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Instance;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // A full disk or a power failure may leave an incomplete file; its holder has ended.
    if (error instanceof SyntaxError) return { pid: 0, startedAt: '', children: {} };
    throw error;
  }
}

/** @throws AlreadyRunningError when a launcher holds the lock, also one that acquired it just now */
function removeStaleLock(file: string, stale: Instance) {
  if (isAlive(stale)) throw new AlreadyRunningError(stale.pid);
  const aside = `${file}.stale-${process.pid}`;
  renameSync(file, aside);
  const moved = readInstance(aside);
  if (moved && isAlive(moved)) {
    renameSync(aside, file);
    throw new AlreadyRunningError(moved.pid);
  }
  rmSync(aside);
}
