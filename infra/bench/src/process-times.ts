import { existsSync, readdirSync, readFileSync } from 'node:fs';

// Readers of Linux's /proc; see proc(5).

/** Clock ticks per second in /proc: USER_HZ, which is 100 wherever Node.js runs. */
const TICKS_PER_SECOND = 100;

/** Whether this machine has a /proc. */
export const hasProc = existsSync('/proc/stat');

/** A process's parent, and the CPU time of itself and of those of its children that have ended and were waited for. */
export interface ProcessTimes {
  pid: number;
  ppid: number;
  /** The program's name, at most 15 bytes. */
  name: string;
  /** Seconds. */
  cpu: number;
}

/**
 * Parses /proc/PID/stat.
 * @throws Error when it is no such line
 */
export function parseProcessStat(line: string): ProcessTimes {
  // The name, in brackets, may itself hold spaces, brackets and line feeds.
  const opening = line.indexOf('(');
  const closing = line.lastIndexOf(')');
  const fields = line.slice(closing + 2).split(' ');
  // Fields 14 to 17: utime, stime, cutime, cstime. The third field is the first of these.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const pid = Number(line.slice(0, opening));
  const ppid = Number(fields[1]);
  if (opening < 1 || closing < opening || fields.length < 15 || Number.isNaN(pid + ppid + ticks)) {
    throw new Error(`not a line of /proc/PID/stat: ${line}`);
  }
  return { pid, ppid, name: line.slice(opening + 1, closing), cpu: ticks / TICKS_PER_SECOND };
}

/** Seconds that all processors together have worked, from the first line of /proc/stat. */
export function parseBusySeconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

/** Those of these processes that live now; all of this machine unless given. */
export function readProcesses(pids = listPids()): ProcessTimes[] {
  return pids.flatMap((pid) => {
    try {
      return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Seconds of CPU time of these processes and all that descend from them. */
export function sumCpu(processes: ProcessTimes[], roots: number[]): number {
  const children = Map.groupBy(processes, ({ ppid }) => ppid);
  const counted = new Set<number>();
  const add = (process: ProcessTimes): number => {
    if (counted.has(process.pid)) return 0;
    counted.add(process.pid);
    return (children.get(process.pid) ?? []).reduce((sum, child) => sum + add(child), process.cpu);
  };
  return processes.filter(({ pid }) => roots.includes(pid)).reduce((sum, root) => sum + add(root), 0);
}

/** Seconds that all processors together have worked. */
export const readBusySeconds = (): number => parseBusySeconds(readFileSync('/proc/stat', 'utf8'));

/** Megabytes of memory that a process has now; undefined where that is not known. */
export function readResidentMegabytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
  } catch {
    return undefined;
  }
}

/** Every process id of this machine. */
export const listPids = (): number[] =>
  (hasProc ? readdirSync('/proc') : []).filter((name) => /^\d+$/.test(name)).map(Number);
