import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveProbes } from './probes.ts';

let silent: number | undefined;
const channels = {
  email: { transport: 'smtp', check: 'failed', error: 'refused' },
  telegram: { transport: 'log' },
} as const;
let server: Awaited<ReturnType<typeof serveProbes>>;
beforeAll(async () => {
  server = await serveProbes(
    { host: '127.0.0.1', port: 0 },
    () => silent,
    () => channels,
  );
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const ask = async (path: string, method = 'GET') => {
  const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });
  return { status: reply.status, body: await reply.text() };
};

test.each([
  { heartbeat: undefined, status: 503, body: { status: 'not ready', heartbeat_age_ms: null } },
  { heartbeat: 12.3, status: 200, body: { status: 'ready', heartbeat_age_ms: 12 } },
  { heartbeat: 9_999, status: 200, body: { status: 'ready', heartbeat_age_ms: 9_999 } },
  { heartbeat: 10_000, status: 503, body: { status: 'not ready', heartbeat_age_ms: 10_000 } },
])(
  'GET /readyz answers $status with a heartbeat job $heartbeat ms ago',
  async ({ heartbeat, status, body }) => {
    silent = heartbeat;
    const reply = await ask('/readyz?from=probe');
    expect({ ...reply, body: JSON.parse(reply.body) }).toEqual({ status, body: { ...body, channels } });
    expect(await ask('/readyz', 'HEAD')).toEqual({ status, body: '' });
    expect((await ask('/healthz')).status).toBe(200);
  },
);

test('answers 404 to other paths and methods', async () => {
  for (const path of ['/', '/metrics', '//', '/healthz/x']) expect((await ask(path)).status).toBe(404);
  expect((await ask('/readyz', 'POST')).status).toBe(404);
});

test('rejects when the port is taken', async () => {
  const { port } = server.address() as AddressInfo;
  await expect(
    serveProbes(
      { host: '127.0.0.1', port },
      () => 0,
      () => channels,
    ),
  ).rejects.toThrow('EADDRINUSE');
});
