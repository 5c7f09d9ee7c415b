import { setTimeout as sleep } from 'node:timers/promises';
import { Incident } from '@incidents/contracts';
import type { Attempt } from './accepted-incidents.ts';

/** Milliseconds after which a client no longer waits for an answer. */
const CLIENT_TIMEOUT_MS = 20_000;

/** Incidents that are being reported. */
export interface Reporting {
  /** Every attempt that has ended so far. */
  attempts: Attempt[];
  /** Ends it; resolves when every attempt has ended. */
  stop(): Promise<void>;
}

/** Incidents per second: as many as workers on two slow cores notify of without a backlog, which would count as delay. */
const REPORTS_PER_SECOND = 8;

/** Reports incidents at a steady rate, whatever the answers take, to the APIs in turn. Nothing is tried again. */
export function startReporting(apiUrls: string[]): Reporting {
  const attempts: Attempt[] = [];
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  const report = async (index: number) => {
    const text = `Авария ${index} (${Date.now()})`;
    attempts.push(await reportOnce(apiUrls[index % apiUrls.length] ?? '', text));
  };
  const keepOn = async () => {
    const began = performance.now();
    for (let index = 0; !stopping.signal.aborted; index++) {
      const attempt = report(index);
      underWay.add(attempt);
      attempt.finally(() => underWay.delete(attempt));
      const pause = began + ((index + 1) * 1_000) / REPORTS_PER_SECOND - performance.now();
      await sleep(Math.max(0, pause), undefined, { signal: stopping.signal }).catch(() => {});
    }
    await Promise.all(underWay);
  };
  const done = keepOn();
  return {
    attempts,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Reports one incident. */
export async function reportOnce(apiUrl: string, text: string): Promise<Attempt> {
  const sentAt = Date.now();
  const answer = await send(apiUrl, text);
  return { text, sentAt, answeredAt: Date.now(), answer };
}

async function send(apiUrl: string, text: string): Promise<Attempt['answer']> {
  try {
    const reply = await fetch(`${apiUrl}/incidents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, description: 'учебная тревога', source: 'monitoring' }),
      signal: AbortSignal.timeout(CLIENT_TIMEOUT_MS),
    });
    const body = await reply.text();
    if (reply.status !== 201) return { kind: 'refused', status: reply.status, body };
    return { kind: 'created', id: Incident.parse(JSON.parse(body)).id };
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    return { kind: 'broken', error: String(cause ?? error) };
  }
}
