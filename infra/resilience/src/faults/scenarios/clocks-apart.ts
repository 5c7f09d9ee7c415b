import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../check-invariants.ts';
import { createFakeTimeEnv, findFakeTimeLibrary } from '../fake-time.ts';
import { countSendsInFlight } from '../records.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { ESCALATION_ENV, watchEscalations } from '../watch-escalations.ts';

const HOUR_MS = 3_600_000;

/** One of two workers is an hour ahead, and each is killed once. Leases and schedules use the database's clock. */
export const clocksApart: Scenario = {
  name: 'clocks-apart',
  fault: 'two workers with clocks an hour apart, each killed once',
  target: '0 lost; worst delay ≤ 10 s; duplicates ≤ sends in flight',
  inShortForm: false,
  findObstacle: () => (findFakeTimeLibrary() === undefined ? 'libfaketime is not installed' : undefined),
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, {
      workers: 2,
      shared: ESCALATION_ENV,
      env: {
        'worker 2': {
          ...createFakeTimeEnv(),
          FAKETIME: '+1h',
          LOG_LEVEL: 'info',
        },
      },
    });
    const { postgres, workers } = stack;
    const ahead = Date.parse(workers[1]?.log[0]?.time ?? '') - Date.now();
    if (!(Math.abs(ahead - HOUR_MS) < 60_000)) throw new Error(`the clock was not moved: ${ahead} ms`);
    const reporting = startReporting(stack);
    const watch = watchEscalations(stack, reporting);
    let inFlight = 0;
    const kills: number[] = [];
    for (const worker of workers) {
      await sleep(10_000);
      const killed = worker.child.pid;
      await worker.kill();
      kills.push(Date.now());
      const cut = await countSendsInFlight(postgres, killed);
      inFlight += cut;
      say(`${worker.name} killed, ${cut} sends in flight`);
      await worker.start();
    }
    await sleep(10_000);
    const result = await checkInvariants(stack, reporting, {
      duplicates: inFlight,
      worstDelay: recoveryLimitMs(long),
      recoverFrom: kills,
      findFailures: watch.findFailures,
    });
    await watch.finish(result);
    const shares = await postgres.query<{ deliveries: number }>(
      'select count(*)::int as deliveries from deliveries group by claimed_by order by 1',
    );
    result.figures.unshift(
      `${inFlight} sends in flight; deliveries by each life of a worker: ${shares.map(({ deliveries }) => deliveries).join(', ')}`,
    );
    if (shares.length < 3) result.failures.push('a worker had nothing to do');
    return result;
  },
};
