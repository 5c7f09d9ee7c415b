import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One running process. `startedAt` is opaque; it tells two processes with the same pid apart. */
export interface ProcessInfo {
  pid: number;
  ppid: number;
  /** The pid of the session's leader; 0 on macOS. */
  session: number;
  startedAt: string;
  argv: string[];
}

export type ProcessIdentity = Pick<ProcessInfo, 'pid' | 'startedAt'>;

/** undefined when the process has ended; a zombie has ended. */
export function readProcess(pid: number): ProcessInfo | undefined {
  return process.platform === 'linux' ? readFromProc(pid) : readFromPs(pid);
}

export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return readProcess(pid)?.startedAt === startedAt;
}

export function listProcesses(): ProcessInfo[] {
  const pids =
    process.platform === 'linux'
      ? readdirSync('/proc').filter((name) => /^\d+$/.test(name))
      : ps(['-ax', '-o', 'pid=']).trim().split(/\s+/);
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? []);
}

export async function waitForExit(processes: ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (processes.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

/** Signals this process or its group, unless its pid belongs to another process by now. */
export function sendSignal(
  target: ProcessIdentity,
  name: NodeJS.Signals,
  scope: 'process' | 'group' = 'process',
): void {
  if (!isAlive(target)) return;
  try {
    process.kill(scope === 'group' ? -target.pid : target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readFromProc(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may contain spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ppid, , session] = fields;
    const startedAt = fields[19];
    if (startedAt === undefined || state === 'Z' || state === 'X') return undefined;
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').split('\0');
    return { pid, ppid: Number(ppid), session: Number(session), startedAt, argv };
  } catch {
    return undefined;
  }
}

function readFromPs(pid: number): ProcessInfo | undefined {
  const line = ps(['-o', 'ppid=,stat=,lstart=,command=', '-p', String(pid)]);
  const match = /^\s*(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/m.exec(line);
  const [, ppid, state, startedAt, command] = match ?? [];
  if (!startedAt || !command || state?.startsWith('Z')) return undefined;
  return { pid, ppid: Number(ppid), session: 0, startedAt, argv: command.split(/\s+/) };
}

function ps(args: string[]): string {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
