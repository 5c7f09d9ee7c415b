import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Incident } from '@incidents/contracts';

/** Requests that have been made. */
export interface Load {
  /** Milliseconds that each took that was answered as it should be. */
  took: number[];
  /** How many incidents were created. */
  readonly created: number;
  /** What went wrong, in words: another status, a connection that broke. */
  failures: string[];
  /** Ends it; resolves when every request has ended. */
  stop(): Promise<void>;
}

const REPORT = { text: 'Бот молчит', description: 'учебная тревога', source: 'monitoring' };

/**
 * Creates, lists, reads and changes incidents at a steady rate, whatever the answers take, on connections that are
 * kept, at the servers of `ports` in turn. Nothing is tried again.
 * @param common headers of every request
 */
export function startMixedLoad(
  ports: number[],
  perSecond: number,
  common: Record<string, string> = {},
): Load {
  // In turn, so that none lies idle until the other side closes it.
  const agent = new Agent({ keepAlive: true, maxSockets: 50, scheduling: 'fifo' });
  const took: number[] = [];
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  let created = 0;
  let latest: number | undefined;
  let asked = 0;

  const ask = (method: string, path: string, body?: unknown) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', ...common };
      const port = ports[asked++ % ports.length];
      const sent = request({ host: '127.0.0.1', port, method, path, agent, headers }, (reply) => {
        text(reply).then((replied) => resolve({ status: reply.statusCode, body: replied }), reject);
      });
      sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });

  const expect = async (wanted: number, method: string, path: string, body?: unknown) => {
    const began = performance.now();
    try {
      const reply = await ask(method, path, body);
      if (reply.status === wanted) took.push(performance.now() - began);
      else failures.push(`${method} ${path}: ${reply.status} ${reply.body.slice(0, 200)}`);
      return reply;
    } catch (error) {
      failures.push(`${method} ${path}: ${error}`);
      return undefined;
    }
  };

  const turns = [
    async () => {
      const reply = await expect(201, 'POST', '/incidents/', REPORT);
      if (reply?.status !== 201) return;
      created++;
      latest = Incident.parse(JSON.parse(reply.body)).id;
    },
    () => expect(200, 'GET', '/incidents/?limit=20'),
    () => expect(200, 'GET', latest === undefined ? '/' : `/incidents/${latest}`),
    () =>
      latest === undefined
        ? expect(200, 'GET', '/')
        : expect(200, 'PATCH', `/incidents/${latest}`, { status: 'в работе' }),
  ];

  const keepOn = async () => {
    const began = performance.now();
    for (let index = 0; !stopping.signal.aborted; index++) {
      const turn = Promise.resolve(turns[index % turns.length]?.()).then(() => {});
      underWay.add(turn);
      turn.finally(() => underWay.delete(turn));
      const pause = began + ((index + 1) * 1_000) / perSecond - performance.now();
      await sleep(Math.max(0, pause), undefined, { signal: stopping.signal }).catch(() => {});
    }
    await Promise.all(underWay);
    agent.destroy();
  };
  const done = keepOn();
  return {
    took,
    failures,
    get created() {
      return created;
    },
    stop() {
      stopping.abort();
      return done;
    },
  };
}
