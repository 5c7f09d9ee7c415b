import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive, type ProcessIdentity, readProcess } from './process-table.ts';

/** What the lock file tells others: who runs here, and which processes it has started. */
export interface Instance extends ProcessIdentity {
  children: Record<string, ProcessIdentity>;
}

export interface InstanceLock {
  /** Notes a child, so that whoever comes after a `kill -9` finds it; undefined strikes it out. */
  note(name: string, child: ProcessIdentity | undefined): void;
  release(): void;
}

/** Another launcher holds the lock. */
export class AlreadyRunning extends Error {
  readonly pid: number;
  constructor(pid: number) {
    super(`already running here, as process ${pid}; end it with: npx pnpm@12 stop`);
    this.pid = pid;
  }
}

/**
 * Takes the lock: one launcher per checkout.
 *
 * @returns the lock, and what a launcher that was killed had left in it.
 * @throws AlreadyRunning when its holder lives.
 */
export function takeInstanceLock(file: string): { lock: InstanceLock; abandoned: Instance | undefined } {
  mkdirSync(dirname(file), { recursive: true });
  const self = readProcess(process.pid);
  if (!self) throw new Error('cannot read the process table (/proc or ps)');
  const draft = `${file}.${process.pid}`;
  const abandoned = readInstance(file);
  // Whoever is killed before it could end them must not be the last to know of them.
  const mine: Instance = { pid: self.pid, startedAt: self.startedAt, children: { ...abandoned?.children } };
  try {
    if (abandoned) removeAbandoned(file, abandoned);
    writeFileSync(draft, JSON.stringify(mine));
    // A link appears with its content in one step, and fails when another launcher was faster.
    linkSync(draft, file);
  } catch (error) {
    const holder = readInstance(file);
    if (holder && (error as NodeJS.ErrnoException).code === 'EEXIST') throw new AlreadyRunning(holder.pid);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const held = () => {
    const holder = readInstance(file);
    return holder?.pid === mine.pid && holder.startedAt === mine.startedAt;
  };
  return {
    abandoned,
    lock: {
      note(name, child) {
        if (child) mine.children[name] = { pid: child.pid, startedAt: child.startedAt };
        else delete mine.children[name];
        if (!held()) return;
        writeFileSync(draft, JSON.stringify(mine));
        renameSync(draft, file);
      },
      release() {
        if (held()) rmSync(file, { force: true });
      },
    },
  };
}

/** Reads the lock, whether its holder lives or not; undefined when there is none. */
export function readInstance(file: string): Instance | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Instance;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // A disk that was full, a machine that lost power: nobody lives behind an empty lock.
    if (error instanceof SyntaxError) return { pid: 0, startedAt: '', children: {} };
    throw error;
  }
}

/** @throws AlreadyRunning when the holder lives, also one that took the lock at this very moment. */
function removeAbandoned(file: string, abandoned: Instance) {
  if (isAlive(abandoned)) throw new AlreadyRunning(abandoned.pid);
  const aside = `${file}.abandoned-${process.pid}`;
  renameSync(file, aside);
  const moved = readInstance(aside);
  if (moved && isAlive(moved)) {
    renameSync(aside, file);
    throw new AlreadyRunning(moved.pid);
  }
  rmSync(aside);
}
