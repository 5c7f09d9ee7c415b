import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants, formatSeconds } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { ESCALATION_ENV, watchEscalations } from '../watch-escalations.ts';

const WAYS = ['fast', 'immediate', 'terminated'] as const;

export const postgresRestart: Scenario = {
  name: 'postgres-restart',
  fault: 'PostgreSQL restart `fast`, `immediate`, all backends terminated',
  target: '0 lost; no process death; work resumes ≤ 10 s',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, { workers: 2, shared: ESCALATION_ENV });
    const { postgres } = stack;
    const reporting = startReporting(stack);
    const watch = watchEscalations(stack, reporting);
    const restored: { way: string; at: number }[] = [];
    for (const way of WAYS) {
      for (let round = 0; round < (long ? 10 : 1); round++) {
        await sleep(long ? 5_000 : 2_500);
        if (way === 'terminated') await postgres.terminateBackends();
        else await postgres.restart(way);
        restored.push({ way, at: Date.now() });
      }
      say(`${way}: done`);
    }
    await sleep(2_000);
    const recoveryOf = ({ at }: { at: number }) => reporting.measureRecovery(at);
    const result = await checkInvariants(stack, reporting, {
      unavailable: true,
      recovery: recoveryLimitMs(long),
      duplicates: Number.POSITIVE_INFINITY,
      recoverFrom: restored.map(({ at }) => at),
      findFailures: watch.findFailures,
    });
    await watch.finish(result);
    const longest = (way: string) =>
      Math.max(...restored.filter((one) => one.way === way).map((one) => recoveryOf(one) ?? Number.NaN));
    result.figures.unshift(
      `longest recovery: ${WAYS.map((way) => `${way} ${formatSeconds(longest(way))}`).join(', ')}`,
    );
    return result;
  },
};
