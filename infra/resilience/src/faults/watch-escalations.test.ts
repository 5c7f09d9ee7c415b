import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCleanup } from '@incidents/testing/processes/cleanup';
import { describe, expect, test } from 'vitest';
import { callAtSteadyRate } from '../load/call-at-steady-rate.ts';
import type { Reporting } from './reporting.ts';
import type { Stack } from './stack.ts';
import { watchEscalations } from './watch-escalations.ts';

describe('watchEscalations', () => {
  test('takes no more incidents after the cleanup of a scenario that broke off', async () => {
    let requests = 0;
    const server = createServer((_, reply) => {
      requests += 1;
      reply.writeHead(503).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const cleanup = createCleanup();
    const stack = {
      cleanup,
      apis: [{ url: `http://127.0.0.1:${port}` }],
      mail: { arrivals: [] },
      bot: { arrivals: [] },
    } as unknown as Stack;
    const attempts = [{ answer: { kind: 'created', id: 1 } }];
    watchEscalations(stack, { attempts } as unknown as Reporting);
    await expect.poll(() => requests).toBeGreaterThan(1);

    await cleanup.run();
    const before = requests;
    let rounds = 0;
    const clock = callAtSteadyRate(10, async () => (rounds += 1));
    await expect.poll(() => rounds).toBeGreaterThan(3);
    await clock.stop();
    expect(requests).toBe(before);
    server.close().closeAllConnections();
  });
});
