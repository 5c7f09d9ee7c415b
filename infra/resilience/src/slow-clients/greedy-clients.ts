import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { connectGreedyClient, type GreedyClient } from './greedy-client.ts';

interface Kind {
  sends: Buffer;
  reads: Parameters<typeof connectGreedyClient>[2];
}

const BODY_BYTES = 512 * 1024;
export const ASSET = '/docs/swagger-ui-bundle.js';
const get = (path: string, times: number) =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(times));
const bodyHead = `POST /incidents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`;

/** Assets that one client requests. Twice as many exceed the buffers of the system. */
export const ASSETS = 4;

export const kinds = {
  unfinishedBodies: {
    sends: Buffer.from(bodyHead.padEnd(bodyHead.length + BODY_BYTES - 5, 'a')),
    reads: 'at once',
  },
  sentAhead: { sends: get(ASSET, 400), reads: 'never' },
  unreadAssets: { sends: get(ASSET, 2 * ASSETS), reads: 'never' },
  unreadPages: { sends: get('/incidents/?limit=10000', 1), reads: 'never' },
  slowReaders: { sends: get(ASSET, ASSETS), reads: 'slowly' },
} satisfies Record<string, Kind>;

/** Connects clients, 50 at a time: more than the accept queue holds would measure the system. */
export async function connectGreedyClients(
  cleanup: Cleanup,
  port: number,
  { sends, reads }: Kind,
  count: number,
): Promise<GreedyClient[]> {
  const clients: GreedyClient[] = [];
  for (let index = 0; index < count; index++) {
    const client = connectGreedyClient(port, sends, reads);
    cleanup.add(() => client.giveUp());
    clients.push(client);
    if (index % 50 === 49) await sleep(50);
  }
  return clients;
}

/** Lets the clients read, and returns the number whose connection ends within that time. */
export async function countEnded(clients: GreedyClient[], withinMs: number): Promise<number> {
  let ended = 0;
  for (const client of clients) {
    client.readOn();
    client.closed.then(() => ended++);
  }
  await Promise.race([
    Promise.all(clients.map(({ closed }) => closed)),
    sleep(withinMs, undefined, { ref: false }),
  ]);
  return ended;
}
