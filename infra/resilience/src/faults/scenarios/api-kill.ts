import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import type { Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';

export const apiKill: Scenario = {
  name: 'api-kill',
  fault: 'API kill -9',
  target: '0 lost acknowledged writes; incident and jobs both or neither',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup);
    const { apis } = stack;
    const reporting = startReporting(stack);
    const kills: number[] = [];
    for (let round = 0; round < (long ? 10 : 3); round++) {
      await sleep(long ? 3_000 : 800);
      await apis[0]?.kill();
      kills.push(Date.now());
      await apis[0]?.start();
    }
    await sleep(1_000);
    say(`${kills.length} kills`);
    return checkInvariants(stack, reporting, {
      brokenConnections: true,
      unavailable: true,
      recoverFrom: kills,
    });
  },
};
