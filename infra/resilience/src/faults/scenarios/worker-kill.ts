import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../check-invariants.ts';
import { countSendsInFlight } from '../records.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { ESCALATION_ENV, watchEscalations } from '../watch-escalations.ts';

export const workerKill: Scenario = {
  name: 'worker-kill',
  fault: 'worker kill -9',
  target: '0 lost; worst delay ≤ 10 s; duplicates ≤ sends in flight',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, { workers: 2, shared: ESCALATION_ENV });
    const { postgres, workers } = stack;
    const reporting = startReporting(stack);
    const watch = watchEscalations(stack, reporting);
    let inFlight = 0;
    const kills: number[] = [];
    for (let round = 0; round < (long ? 10 : 2); round++) {
      await sleep(long ? 5_000 : 3_000);
      const worker = workers[round % 2];
      const killed = worker?.child.pid;
      await worker?.kill();
      kills.push(Date.now());
      const cut = await countSendsInFlight(postgres, killed);
      inFlight += cut;
      say(`${worker?.name} killed, ${cut} sends in flight`);
      await worker?.start();
    }
    await sleep(long ? 5_000 : 1_000);
    const result = await checkInvariants(stack, reporting, {
      duplicates: inFlight,
      worstDelay: recoveryLimitMs(long),
      recoverFrom: kills,
      findFailures: watch.findFailures,
    });
    await watch.finish(result);
    result.figures.unshift(`${kills.length} kills, ${inFlight} sends in flight`);
    return result;
  },
};
