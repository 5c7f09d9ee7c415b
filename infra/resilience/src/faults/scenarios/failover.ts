import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@incidents/testing/wait-until';
import { type OwnPostgres, startOwnPostgres, startStandby } from '../../postgres/own-postgres.ts';
import { checkInvariants, formatSeconds } from '../check-invariants.ts';
import { openNamedAddress } from '../named-address.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { ESCALATION_ENV, watchEscalations } from '../watch-escalations.ts';

const RESUMES_WITHIN_MS = 30_000;

/** A standby becomes the primary and the primary a standby; the name moves to the new primary later. */
export const failover: Scenario = {
  name: 'failover',
  fault:
    'failover behind a name: the primary comes back as a standby, the name moves to the new primary later',
  target: '0 lost; no process death; work resumes ≤ 10 s without a restart',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const old = await startOwnPostgres(cleanup);
    const next = await startStandby(cleanup, old);
    const name = await openNamedAddress(cleanup, old.port);
    const stack = await startStack(cleanup, {
      workers: 2,
      postgres: old.at(name.port),
      shared: ESCALATION_ENV,
    });
    const reporting = startReporting(stack);
    const watch = watchEscalations(stack, reporting);
    const startedAt = Date.now();
    await waitUntil(() => reporting.measureRecovery(startedAt), RESUMES_WITHIN_MS);

    // On shutdown a primary first sends all changes to its standby.
    await old.becomeStandby();
    await next.promote();
    say('promoted; the name still leads to the old primary');
    await sleep(long ? 15_000 : 2_000);
    name.leadTo(next.port);
    const movedAt = Date.now();
    say('the name has moved');
    await waitUntil(() => reporting.measureRecovery(movedAt), RESUMES_WITHIN_MS);

    const result = await checkInvariants(stack, reporting, {
      unavailable: true,
      recovery: recoveryLimitMs(long),
      duplicates: Number.POSITIVE_INFINITY,
      recoverFrom: [movedAt],
      findFailures: watch.findFailures,
    });
    await watch.finish(result);
    const created = reporting.attempts.filter(({ answer }) => answer.kind === 'created');
    const createsAfterMs = Math.min(
      ...created.flatMap(({ sentAt, answeredAt }) => (sentAt >= movedAt ? [answeredAt - movedAt] : [])),
    );
    result.figures.unshift(
      `creates again ${formatSeconds(createsAfterMs)} after the name moved; clients of the old primary at the end: ${await countClients(old)}`,
    );
    return result;
  },
};

async function countClients({ query }: OwnPostgres): Promise<number> {
  const [row] = await query<{ clients: number }>(
    `select count(*)::int as clients from pg_stat_activity where application_name in ('incidents-api', 'incidents-worker')`,
  );
  return row?.clients ?? 0;
}
