import { setTimeout as sleep } from 'node:timers/promises';
import { recoveryAfter } from '../accepted-incidents.ts';
import { fakeTimeEnv, fakeTimeLibrary } from '../fake-time.ts';
import { settle } from '../invariants.ts';
import { sendsInFlight } from '../records.ts';
import { startReporting } from '../reporting.ts';
import { promisedMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';

const HOUR = 3_600_000;

/** Two workers, one of them an hour ahead, and each killed once: leases and schedules go by the database's clock. */
export const clocksApart: Scenario = {
  name: 'clocks-apart',
  fault: 'two workers with clocks an hour apart, each killed once',
  target: '0 lost; worst delay ≤ 10 s; duplicates ≤ sends in flight',
  inShortForm: false,
  whyNot: () => (fakeTimeLibrary() === undefined ? 'libfaketime is not installed' : undefined),
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, {
      workers: 2,
      env: {
        'worker 2': {
          ...fakeTimeEnv(),
          FAKETIME: '+1h',
          LOG_LEVEL: 'info',
        },
      },
    });
    const { postgres, mail, bot, apis, workers } = stack;
    const ahead = Date.parse(workers[1]?.log[0]?.time ?? '') - Date.now();
    if (!(Math.abs(ahead - HOUR) < 60_000)) throw new Error(`the clock was not moved: ${ahead} ms`);
    const reporting = startReporting(apis.map(({ url }) => url));
    let inFlight = 0;
    const kills: number[] = [];
    for (const worker of workers) {
      await sleep(10_000);
      const killed = worker.child.pid;
      await worker.kill();
      kills.push(Date.now());
      const cut = await sendsInFlight(postgres, killed);
      inFlight += cut;
      say(`${worker.name} killed, ${cut} sends in flight`);
      await worker.start();
    }
    await sleep(10_000);
    const result = await settle(
      stack,
      reporting,
      { duplicates: inFlight, worstDelay: promisedMs(long) },
      () => kills.map((at) => recoveryAfter(at, reporting.attempts, [...mail.arrivals, ...bot.arrivals])),
    );
    const shares = await postgres.ask<{ deliveries: number }>(
      'select count(*)::int as deliveries from deliveries group by claimed_by order by 1',
    );
    result.figures.unshift(
      `${inFlight} sends in flight; deliveries by each life of a worker: ${shares.map(({ deliveries }) => deliveries).join(', ')}`,
    );
    if (shares.length < 3) result.failures.push('a worker had nothing to do');
    return result;
  },
};
