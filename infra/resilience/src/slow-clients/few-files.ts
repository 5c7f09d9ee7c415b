import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@incidents/local/find-program';
import type { Service } from '@incidents/testing/processes/prepare-service';
import { connectGreedyClient } from './greedy-client.ts';

/** More than the process may open then. */
const CLIENTS = 100;
const LEFT = 10;
/** Milliseconds for which the process is watched, and the part of them that it may be busy. */
const WATCHED = 1_000;
const MAX_BUSY = 0.5;

/**
 * Lets the API open only a few more files, and has more clients than that connect.
 * @returns what was missed, in words; undefined where the system cannot do it (prlimit of Linux)
 */
export async function exhaustFiles({ url, child: { pid } }: Service): Promise<string[] | undefined> {
  const prlimit = findProgram(['prlimit'], { folders: ['/usr/bin'] });
  if (prlimit === undefined) return undefined;
  const limit = (files: number | string) =>
    execFileSync(prlimit, ['--pid', String(pid), `--nofile=${files}:`]);
  const [, before = ''] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  limit(readdirSync(`/proc/${pid}/fd`).length + LEFT);
  const port = Number(new URL(url).port);
  const clients = Array.from({ length: CLIENTS }, () => connectGreedyClient(port, Buffer.of(), 'at once'));
  let closed = 0;
  for (const client of clients) client.closed.then(() => closed++);
  const busy = processorSeconds(pid);
  await sleep(WATCHED);
  const part = ((processorSeconds(pid) - busy) * 1_000) / WATCHED;
  limit(before);
  for (const client of clients) client.giveUp();
  const { status } = await fetch(`${url}/healthz`);
  return [
    closed < CLIENTS / 2 && `${CLIENTS - closed} connections were kept without files for them`,
    part > MAX_BUSY && `without files the API was busy for ${Math.round(part * 100)} % of the time`,
    status !== 200 && `with files again /healthz answers ${status}`,
  ].filter((missed) => missed !== false);
}

/** Seconds of processor time that a process has used. */
function processorSeconds(pid: number): number {
  const [, user = 0, system = 0] =
    / \S (?:-?\d+ ){10}(\d+) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.map(Number) ?? [];
  return (user + system) / 100;
}
