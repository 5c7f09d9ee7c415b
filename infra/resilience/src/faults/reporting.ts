import { Incident } from '@incidents/contracts';
import type { ChannelName } from '@incidents/db/tables/channel';
import { buildIncident } from '../load/build-incident.ts';
import { callAtSteadyRate } from '../load/call-at-steady-rate.ts';
import type { Arrival, CreateAttempt } from './accepted-incidents.ts';
import { measureRecovery } from './accepted-incidents.ts';
import type { Stack } from './stack.ts';

const CLIENT_TIMEOUT_MS = 20_000;

/** Two workers on two slow cores send this much without a backlog, which would count as delay. */
const REPORTS_PER_SECOND = 8;

export interface Reporting {
  attempts: CreateAttempt[];
  /** Milliseconds from `moment` until later reports arrive; of all channels and their servers unless given. */
  measureRecovery(moment: number, arrivals?: Arrival[], channels?: ChannelName[]): number | undefined;
  /** Resolves when each attempt has ended. */
  stop(): Promise<void>;
}

/** Reports incidents at a steady rate to the APIs of a stack in turn, without retries. The cleanup stops it too. */
export function startReporting({ apis, mail, bot, cleanup }: Stack): Reporting {
  const attempts: CreateAttempt[] = [];
  const calls = callAtSteadyRate(REPORTS_PER_SECOND, async (index) => {
    const api = apis[index % apis.length]?.url ?? '';
    attempts.push(await reportOnce(api, `Авария ${index} (${Date.now()})`));
  });
  cleanup.add(calls.stop);
  return {
    attempts,
    measureRecovery: (moment, arrivals = [...mail.arrivals, ...bot.arrivals], channels) =>
      measureRecovery(moment, attempts, arrivals, channels),
    stop: calls.stop,
  };
}

export async function reportOnce(apiUrl: string, text: string): Promise<CreateAttempt> {
  const sentAt = Date.now();
  const answer = await send(apiUrl, text);
  return { text, sentAt, answeredAt: Date.now(), answer };
}

async function send(apiUrl: string, text: string): Promise<CreateAttempt['answer']> {
  try {
    const reply = await fetch(`${apiUrl}/incidents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(buildIncident(text)),
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
