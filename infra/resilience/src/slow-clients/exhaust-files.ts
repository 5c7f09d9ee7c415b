import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@incidents/local/find-program';
import type { Service } from '@incidents/testing/processes/prepare-service';
import type { Failures } from '@incidents/testing/processes/run-scenario';
import { connectGreedyClient } from './greedy-client.ts';

const CLIENTS = 100;
/** Files that the process may still open: fewer than the clients need. */
const FREE_FILES = 10;
const OBSERVED_MS = 1_000;
/** The part of that time for which the process may use a processor. */
const MAX_BUSY = 0.5;

/** @returns the failures; undefined where the system has no prlimit (Linux) */
export async function exhaustFiles({ url, child: { pid } }: Service): Promise<Failures | undefined> {
  const prlimit = findProgram(['prlimit'], { folders: ['/usr/bin'] });
  if (prlimit === undefined) return undefined;
  const limit = (files: number | string) =>
    execFileSync(prlimit, ['--pid', String(pid), `--nofile=${files}:`]);
  const [, before = ''] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  limit(readdirSync(`/proc/${pid}/fd`).length + FREE_FILES);
  const port = Number(new URL(url).port);
  const clients = Array.from({ length: CLIENTS }, () => connectGreedyClient(port, Buffer.of(), 'at once'));
  let closed = 0;
  for (const client of clients) client.closed.then(() => closed++);
  const busy = readProcessorSeconds(pid);
  await sleep(OBSERVED_MS);
  const part = ((readProcessorSeconds(pid) - busy) * 1_000) / OBSERVED_MS;
  limit(before);
  for (const client of clients) client.giveUp();
  const { status } = await fetch(`${url}/healthz`);
  return [
    closed < CLIENTS / 2 && `${CLIENTS - closed} connections were kept without files for them`,
    part > MAX_BUSY && `without files the API was busy for ${Math.round(part * 100)} % of the time`,
    status !== 200 && `with files again /healthz answers ${status}`,
  ];
}

function readProcessorSeconds(pid: number): number {
  const [, user = 0, system = 0] =
    / \S (?:-?\d+ ){10}(\d+) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.map(Number) ?? [];
  return (user + system) / 100;
}
