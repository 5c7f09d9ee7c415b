import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { findProgram } from '../find-program.ts';
import { waitUntil } from './wait-until.ts';

const example = {
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
};

interface Reply {
  status: number;
  body: unknown;
}

interface Incident {
  id: number;
  text: string;
  status: string;
}

/** Checks the requests of the legacy service's README; returns the id of an incident. */
export async function checkRequests(url: string): Promise<number> {
  const created = await send('POST', `${url}/incidents/`, example);
  assert.equal(created.status, 201);
  const incident = created.body as Incident & { created_at: string };
  assert.ok(Number.isInteger(incident.id));
  assert.ok(!Number.isNaN(Date.parse(incident.created_at)));
  // The legacy service had no further fields.
  assert.partialDeepStrictEqual(incident, { id: incident.id, ...example, created_at: incident.created_at });

  const second = (await send('POST', `${url}/incidents/`, { ...example, source: 'monitoring' }))
    .body as Incident;
  assert.ok(second.id > incident.id);

  const all = await list(url, '');
  assert.ok(all.some(({ id }) => id === incident.id) && all.some(({ id }) => id === second.id));

  const filtered = await list(url, `?status=${encodeURIComponent('новый')}`);
  assert.ok(filtered.length >= 2 && filtered.every(({ status }) => status === 'новый'));

  const pages = [await list(url, '?skip=0&limit=1'), await list(url, '?skip=1&limit=1')].flat();
  assert.deepEqual(pages, all.slice(0, 2));

  const changed = await send('PATCH', `${url}/incidents/${incident.id}`, { status: 'в работе' });
  assert.equal(changed.status, 200);
  assert.partialDeepStrictEqual(changed.body, {
    ...example,
    id: incident.id,
    status: 'в работе',
    created_at: incident.created_at,
  });
  const inProgress = await list(url, `?status=${encodeURIComponent('в работе')}`);
  assert.ok(inProgress.some(({ id }) => id === incident.id));

  assert.equal((await send('PATCH', `${url}/incidents/999999999`, { status: 'закрыт' })).status, 404);

  const docs = await fetch(`${url}/docs`);
  assert.equal(docs.status, 200);
  assert.match(await docs.text(), /<html/i);

  const board = await fetch(`${url}/console`);
  assert.equal(board.status, 200);
  assert.match(await board.text(), /<script[^>]+src="\/console\/assets\//);
  return incident.id;
}

/** Runs the curl command of the launcher's output in a shell. */
export function checkPrintedCommand(output: string): void {
  const command = /^\s*(curl -X POST .*)$/m.exec(output)?.[1];
  assert.ok(command, 'no curl line in the output');
  if (findProgram(['curl']) === undefined) return;
  const reply = execFileSync('sh', ['-c', command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.equal((JSON.parse(reply) as Incident).text, example.text);
}

export async function checkStatistics(url: string): Promise<void> {
  const total = async () => ((await send('GET', `${url}/statistics`)).body as { total: number }).total;
  const expected = (await list(url, '?limit=100')).length;
  await waitUntil(
    `the statistics count ${expected} incidents`,
    15_000,
    async () => (await total()) === expected,
  );
}

export async function medianPostMs(url: string, times: number): Promise<number> {
  const durations: number[] = [];
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now();
    const reply = await send('POST', `${url}/incidents/`, example);
    durations.push(performance.now() - startedAt);
    assert.equal(reply.status, 201);
  }
  return durations.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

export async function hasIncident(url: string, id: number): Promise<boolean> {
  return (await list(url, '?limit=100')).some((incident) => incident.id === id);
}

async function list(url: string, query: string): Promise<Incident[]> {
  const reply = await send('GET', `${url}/incidents/${query}`);
  assert.equal(reply.status, 200);
  assert.ok(Array.isArray(reply.body));
  return reply.body as Incident[];
}

async function send(method: string, url: string, body?: object): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(url, body ? { method, headers, body: JSON.stringify(body) } : { method });
  return { status: reply.status, body: await reply.json() };
}
