import { setTimeout as sleep } from 'node:timers/promises';
import { recoveryAfter } from '../accepted-incidents.ts';
import { settle } from '../invariants.ts';
import { sendsInFlight } from '../records.ts';
import { startReporting } from '../reporting.ts';
import { promisedMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';

/** One of two workers is killed, the other one next time; it is started again at once, as a supervisor would. */
export const killWorker: Scenario = {
  name: 'worker-kill',
  fault: 'worker kill -9',
  target: '0 lost; worst delay ≤ 10 s; duplicates ≤ sends in flight',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, { workers: 2 });
    const { postgres, mail, bot, apis, workers } = stack;
    const reporting = startReporting(apis.map(({ url }) => url));
    let inFlight = 0;
    const kills: number[] = [];
    for (let round = 0; round < (long ? 10 : 2); round++) {
      await sleep(long ? 5_000 : 3_000);
      const worker = workers[round % 2];
      const killed = worker?.child.pid;
      await worker?.kill();
      kills.push(Date.now());
      const cut = await sendsInFlight(postgres, killed);
      inFlight += cut;
      say(`${worker?.name} killed, ${cut} sends in flight`);
      await worker?.start();
    }
    await sleep(long ? 5_000 : 1_000);
    const recoveries = () =>
      kills.map((at) => recoveryAfter(at, reporting.attempts, [...mail.arrivals, ...bot.arrivals]));
    const result = await settle(
      stack,
      reporting,
      { duplicates: inFlight, worstDelay: promisedMs(long) },
      recoveries,
    );
    result.figures.unshift(`${kills.length} kills, ${inFlight} sends in flight`);
    return result;
  },
};
