import { setTimeout as sleep } from 'node:timers/promises';
import { type OwnPostgres, startOwnPostgres, startStandby } from '../../postgres/own-postgres.ts';
import { recoveryAfter } from '../accepted-incidents.ts';
import { seconds, settle } from '../invariants.ts';
import { startReporting } from '../reporting.ts';
import { promisedMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { openNamedAddress } from './named-address.ts';

/** A standby becomes the primary and the primary a standby; the name leads to the new primary some seconds later. */
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
    const stack = await startStack(cleanup, { workers: 2, postgres: old.at(name.port) });
    const { mail, bot, apis } = stack;
    const reporting = startReporting(apis.map(({ url }) => url));
    const recovery = (from: number) =>
      recoveryAfter(from, reporting.attempts, [...mail.arrivals, ...bot.arrivals]);
    const startedAt = Date.now();
    await eventually(() => recovery(startedAt) !== undefined);

    // A primary that is shut down sends its standby everything first.
    await old.becomeStandby();
    await next.promote();
    say('promoted; the name still leads to the old primary');
    await sleep(long ? 15_000 : 2_000);
    name.leadTo(next.port);
    const movedAt = Date.now();
    say('the name has moved');
    await eventually(() => recovery(movedAt) !== undefined);

    const result = await settle(
      stack,
      reporting,
      { unavailable: true, recovery: promisedMs(long), duplicates: Number.POSITIVE_INFINITY },
      () => [recovery(movedAt)],
    );
    const created = reporting.attempts.filter(({ answer }) => answer.kind === 'created');
    const creates = Math.min(
      ...created.flatMap(({ sentAt, answeredAt }) => (sentAt >= movedAt ? [answeredAt - movedAt] : [])),
    );
    result.figures.unshift(
      `creates again ${seconds(creates)} after the name moved; clients of the old primary at the end: ${await clientsOf(old)}`,
    );
    return result;
  },
};

/** Milliseconds after which work is not expected to flow again. */
const GIVES_UP_AFTER = 30_000;

async function eventually(check: () => boolean): Promise<void> {
  const until = performance.now() + GIVES_UP_AFTER;
  while (!check() && performance.now() < until) await sleep(50);
}

/** Connections of the services. */
async function clientsOf({ ask }: OwnPostgres): Promise<number> {
  const [row] = await ask<{ clients: number }>(
    `select count(*)::int as clients from pg_stat_activity where application_name in ('incidents-api', 'incidents-worker')`,
  );
  return row?.clients ?? 0;
}
