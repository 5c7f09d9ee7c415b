import { setTimeout as sleep } from 'node:timers/promises';
import { findEscalationFailures, readEscalatedIncidents } from '../check-escalations.ts';
import { checkInvariants } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { takeIncidents } from '../take-incidents.ts';

const ESCALATE_AFTER_SECONDS = 1;

/** Incidents fall due all the time: four a second. */
export const escalations: Scenario = {
  name: 'escalations',
  fault: 'worker kill -9 and PostgreSQL restart `fast`, `immediate`, while escalations fall due',
  target:
    'each due escalation told over both channels, none early, none after the incident was taken; 0 lost',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, {
      workers: 2,
      shared: { ESCALATE_AFTER: `error=${ESCALATE_AFTER_SECONDS}s` },
    });
    const { postgres, workers, mail, bot } = stack;
    const reporting = startReporting(stack);
    const taking = takeIncidents(stack, reporting);
    const readIncidents = () => readEscalatedIncidents(postgres, ESCALATE_AFTER_SECONDS);
    const faultsEndedAt: number[] = [];
    for (let round = 0; round < (long ? 6 : 1); round++) {
      await sleep(long ? 5_000 : 2_000);
      const worker = workers[round % 2];
      await worker?.kill();
      say(`${worker?.name} killed`);
      const way = round % 2 === 0 ? 'immediate' : 'fast';
      await postgres.restart(way);
      say(`PostgreSQL restarted: ${way}`);
      faultsEndedAt.push(Date.now());
      await worker?.start();
    }
    await sleep(long ? 5_000 : 1_000);
    const result = await checkInvariants(stack, reporting, {
      unavailable: true,
      recovery: recoveryLimitMs(long),
      duplicates: Number.POSITIVE_INFINITY,
      recoverFrom: faultsEndedAt,
      findFailures: async () =>
        findEscalationFailures(await readIncidents(), [...mail.arrivals, ...bot.arrivals]),
    });
    await taking.stop();
    const escalated = (await readIncidents()).filter(({ escalations }) => escalations > 0);
    const total = escalated.reduce((sum, { escalations }) => sum + escalations, 0);
    result.figures.unshift(`${total} escalations of ${escalated.length} incidents`);
    if (total === 0) result.failures.push('nothing escalated');
    return result;
  },
};
