import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Incident } from '@incidents/contracts';
import { buildIncident } from './build-incident.ts';
import { callAtSteadyRate, type SteadyCalls } from './call-at-steady-rate.ts';

export interface Load extends SteadyCalls {
  /** Milliseconds of each request with the expected answer. */
  took: number[];
  readonly created: number;
  failures: string[];
}

/** Requests `ports` in turn at a steady rate without retries. `common`: headers of every request. */
export function startMixedLoad(
  ports: number[],
  perSecond: number,
  common: Record<string, string> = {},
): Load {
  // In turn, so that no connection lies idle until the server closes it.
  const agent = new Agent({ keepAlive: true, maxSockets: 50, scheduling: 'fifo' });
  const took: number[] = [];
  const failures: string[] = [];
  let created = 0;
  let latest: number | undefined;
  let requestCount = 0;

  const sendRequest = (method: string, path: string, body?: unknown) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', ...common };
      const port = ports[requestCount++ % ports.length];
      const sent = request({ host: '127.0.0.1', port, method, path, agent, headers }, (reply) => {
        text(reply).then((replied) => resolve({ status: reply.statusCode, body: replied }), reject);
      });
      sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });

  const expect = async (wanted: number, method: string, path: string, body?: unknown) => {
    const began = performance.now();
    try {
      const reply = await sendRequest(method, path, body);
      if (reply.status === wanted) took.push(performance.now() - began);
      else failures.push(`${method} ${path}: ${reply.status} ${reply.body.slice(0, 200)}`);
      return reply;
    } catch (error) {
      failures.push(`${method} ${path}: ${error}`);
      return undefined;
    }
  };

  const requests = [
    async () => {
      const reply = await expect(201, 'POST', '/incidents/', buildIncident());
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
  const calls = callAtSteadyRate(perSecond, async (index) => requests[index % requests.length]?.());
  return {
    took,
    failures,
    get created() {
      return created;
    },
    async stop() {
      await calls.stop();
      agent.destroy();
    },
  };
}
