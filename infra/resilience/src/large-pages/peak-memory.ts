import { readFileSync } from 'node:fs';

/** Megabytes of memory that a process has had at most, as Linux counts them (`VmHWM`). */
export function peakMegabytes(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1_024);
}
