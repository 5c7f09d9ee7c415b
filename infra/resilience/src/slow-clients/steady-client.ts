import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What an ordinary client saw. */
export interface Seen {
  /** Milliseconds that each request took. */
  took: number[];
  /** Answers that were not the expected one, and connections that broke, in words. */
  troubles: string[];
}

/** A client that goes on until it is stopped. */
export interface SteadyClient {
  /** What it has seen since it began, or was last asked. */
  collect(): Seen;
  /** Resolves when its last request has been answered. */
  stop(): Promise<void>;
}

const REPORT = JSON.stringify({ text: 'Бот молчит', description: 'учебная тревога', source: 'monitoring' });

/** Creates an incident and lists incidents in turn, one request after the other on one connection. */
export function startSteadyClient(port: number, perSecond: number): SteadyClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let seen: Seen = { took: [], troubles: [] };
  let stopped = false;

  const ask = (method: 'GET' | 'POST') =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const asked = request(
        { host: '127.0.0.1', port, path: '/incidents/', method, agent, headers },
        (reply) =>
          reply
            .on('error', reject)
            .on('end', () => resolve(reply.statusCode))
            .resume(),
      );
      asked.on('error', reject).end(method === 'POST' ? REPORT : undefined);
    });

  const keepOn = async () => {
    for (let turn = 0; !stopped; turn++) {
      const began = performance.now();
      const method = turn % 2 === 0 ? 'POST' : 'GET';
      try {
        const status = await ask(method);
        seen.took.push(performance.now() - began);
        if (status !== (method === 'POST' ? 201 : 200)) seen.troubles.push(`${method}: ${status}`);
      } catch (error) {
        seen.troubles.push(`${method}: ${error}`);
      }
      await sleep(Math.max(0, began + 1_000 / perSecond - performance.now()));
    }
    agent.destroy();
  };
  const done = keepOn();
  return {
    collect() {
      const collected = seen;
      seen = { took: [], troubles: [] };
      return collected;
    },
    stop() {
      stopped = true;
      return done;
    },
  };
}
