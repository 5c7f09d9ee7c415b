import { callAtSteadyRate, type SteadyCalls } from '../load/call-at-steady-rate.ts';
import { findNotifiedEscalations } from './check-escalations.ts';
import type { Reporting } from './reporting.ts';
import type { Stack } from './stack.ts';

const ROUNDS_PER_SECOND = 10;
const CLIENT_TIMEOUT_MS = 5_000;

/**
 * Sets incidents to `в работе`: those with an odd id at once, others when both channels have notified of their escalation.
 * Repeats requests that fail.
 */
export function takeIncidents(
  { apis, mail, bot }: Pick<Stack, 'apis' | 'mail' | 'bot'>,
  reporting: Reporting,
): SteadyCalls {
  const underWay = new Set<number>();
  const taken = new Set<number>();
  const takeOnce = async (id: number) => {
    underWay.add(id);
    const isTaken = await setInProgress(`${apis[0]?.url}/incidents/${id}`).catch(() => false);
    if (isTaken) taken.add(id);
    underWay.delete(id);
  };
  return callAtSteadyRate(ROUNDS_PER_SECOND, async () => {
    const reported = reporting.attempts.flatMap(({ answer }) =>
      answer.kind === 'created' ? [answer.id] : [],
    );
    const early = reported.filter((id) => id % 2 === 1);
    const ids = new Set([...early, ...findNotifiedEscalations([...mail.arrivals, ...bot.arrivals])]);
    await Promise.all([...ids].filter((id) => !taken.has(id) && !underWay.has(id)).map(takeOnce));
  });
}

async function setInProgress(url: string): Promise<boolean> {
  const { ok, body } = await fetch(url, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status: 'в работе' }),
    signal: AbortSignal.timeout(CLIENT_TIMEOUT_MS),
  });
  await body?.cancel();
  return ok;
}
