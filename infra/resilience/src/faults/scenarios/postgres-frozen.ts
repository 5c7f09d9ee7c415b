import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants, formatSeconds } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { ESCALATION_ENV, watchEscalations } from '../watch-escalations.ts';

const ANSWERS_WITHIN_MS = 3_000;

interface Probe {
  path: string;
  sentAt: number;
  tookMs: number;
  status: number | undefined;
}

export const postgresFrozen: Scenario = {
  name: 'postgres-frozen',
  fault: 'PostgreSQL frozen (SIGSTOP of all its processes)',
  target: '503 ≤ 3 s; `/readyz` red, `/healthz` green; 0 lost',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, { workers: 2, shared: ESCALATION_ENV });
    const { postgres, apis } = stack;
    const api = apis[0]?.url ?? '';
    const reporting = startReporting(stack);
    const watch = watchEscalations(stack, reporting);
    await sleep(2_000);

    const thaw = postgres.freeze();
    const frozenAt = Date.now();
    say('frozen');
    const probes: Promise<Probe>[] = [];
    while (Date.now() < frozenAt + (long ? 20_000 : 7_000)) {
      probes.push(probe(api, '/readyz'), probe(api, '/healthz'));
      await sleep(500);
    }
    // The answer to a later request may come after the thaw.
    const lastProbedAt = Date.now() - ANSWERS_WITHIN_MS;
    await thaw();
    const thawedAt = Date.now();
    const probed = (await Promise.all(probes)).filter(({ sentAt }) => sentAt <= lastProbedAt);
    await sleep(3_000);

    const result = await checkInvariants(stack, reporting, {
      unavailable: true,
      recovery: recoveryLimitMs(long),
      duplicates: Number.POSITIVE_INFINITY,
      recoverFrom: [thawedAt],
      findFailures: watch.findFailures,
    });
    await watch.finish(result);
    const during = reporting.attempts.filter(({ sentAt }) => sentAt >= frozenAt && sentAt <= lastProbedAt);
    const slowest = Math.max(...during.map(({ sentAt, answeredAt }) => answeredAt - sentAt));
    const findOtherAnswers = (path: string, status: number) =>
      probed.filter((one) => one.path === path && (one.status !== status || one.tookMs > ANSWERS_WITHIN_MS));
    const not503 = during.filter(({ answer }) => answer.kind !== 'refused' || answer.status !== 503);
    const notRed = findOtherAnswers('/readyz', 503);
    const notGreen = findOtherAnswers('/healthz', 200);
    result.figures.unshift(
      `while frozen: ${during.length} creates, the slowest answer ${formatSeconds(slowest)}; ${probed.length} probes, the slowest ${formatSeconds(Math.max(...probed.map(({ tookMs }) => tookMs)))}`,
    );
    if (not503.length > 0) result.failures.push(`${not503.length} creates were not answered with 503`);
    if (slowest > ANSWERS_WITHIN_MS) result.failures.push(`an answer took ${formatSeconds(slowest)}`);
    if (notRed.length > 0) result.failures.push(`/readyz was not red in time: ${JSON.stringify(notRed[0])}`);
    if (notGreen.length > 0) result.failures.push(`/healthz was not green: ${JSON.stringify(notGreen[0])}`);
    return result;
  },
};

async function probe(url: string, path: string): Promise<Probe> {
  const sentAt = Date.now();
  const status = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) }).then(
    (reply) => reply.status,
    () => undefined,
  );
  return { path, sentAt, tookMs: Date.now() - sentAt, status };
}
