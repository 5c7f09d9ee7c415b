import { existsSync, readdirSync, readFileSync } from 'node:fs';

// Readers of Linux's /proc; see proc(5).

/** USER_HZ of /proc: 100 on every platform of Node.js. */
const TICKS_PER_SECOND = 100;

export const hasProc = existsSync('/proc/stat');

/** CPU time includes children that have ended and were waited for. */
export interface ProcessTimes {
  pid: number;
  ppid: number;
  name: string;
  /** Seconds. */
  cpu: number;
}

export function parseProcessStat(line: string): ProcessTimes {
  // The name, in brackets, may contain spaces, brackets and line feeds.
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

/** Busy seconds of all processors, from the first line of /proc/stat. */
export function parseBusySeconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

export function readProcesses(pids = listPids()): ProcessTimes[] {
  return pids.flatMap((pid) => {
    try {
      return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return [];
    }
  });
}

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

export const readBusySeconds = (): number => parseBusySeconds(readFileSync('/proc/stat', 'utf8'));

export function readResidentMegabytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
  } catch {
    return undefined;
  }
}

export const listPids = (): number[] =>
  (hasProc ? readdirSync('/proc') : []).filter((name) => /^\d+$/.test(name)).map(Number);
