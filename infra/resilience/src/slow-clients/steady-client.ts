import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildIncident } from '../load/build-incident.ts';

export interface Observations {
  /** Milliseconds of each request. */
  took: number[];
  problems: string[];
}

export interface SteadyClient {
  collect(): Observations;
  stop(): Promise<void>;
}

const REPORT = JSON.stringify(buildIncident());

/** Creates and lists incidents in turn on one connection, one request after the other. */
export function startSteadyClient(port: number, perSecond: number): SteadyClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let seen: Observations = { took: [], problems: [] };
  let stopped = false;

  const sendRequest = (method: 'GET' | 'POST') =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const sent = request(
        { host: '127.0.0.1', port, path: '/incidents/', method, agent, headers },
        (reply) =>
          reply
            .on('error', reject)
            .on('end', () => resolve(reply.statusCode))
            .resume(),
      );
      sent.on('error', reject).end(method === 'POST' ? REPORT : undefined);
    });

  const sendInTurn = async () => {
    for (let turn = 0; !stopped; turn++) {
      const began = performance.now();
      const method = turn % 2 === 0 ? 'POST' : 'GET';
      try {
        const status = await sendRequest(method);
        seen.took.push(performance.now() - began);
        if (status !== (method === 'POST' ? 201 : 200)) seen.problems.push(`${method}: ${status}`);
      } catch (error) {
        seen.problems.push(`${method}: ${error}`);
      }
      await sleep(Math.max(0, began + 1_000 / perSecond - performance.now()));
    }
    agent.destroy();
  };
  const done = sendInTurn();
  return {
    collect() {
      const collected = seen;
      seen = { took: [], problems: [] };
      return collected;
    },
    stop() {
      stopped = true;
      return done;
    },
  };
}
