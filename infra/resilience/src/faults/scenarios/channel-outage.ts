import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelName } from '@incidents/db/tables/channel';
import { auditIncidents } from '../accepted-incidents.ts';
import { checkInvariants, formatSeconds } from '../check-invariants.ts';
import { countSendsInFlight, readStoredIncidents } from '../records.ts';
import { startReporting } from '../reporting.ts';
import type { Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';

/** The delay of the other channel without a fault, with a margin. */
const UNDISTURBED_MS = 3_000;

/** `gone`: nothing listens on the port. `hangs`: the server accepts connections and does not answer. */
type Absence = 'gone' | 'hangs';

export const createChannelOutage = (channel: ChannelName, absence: Absence): Scenario => ({
  name: `${channel === 'email' ? 'smtp' : 'telegram'}-${absence}`,
  fault: `${channel === 'email' ? 'SMTP' : 'Telegram'} ${absence === 'gone' ? 'gone' : 'hangs (SIGSTOP)'} for a minute`,
  target: `the other channel undisturbed (≤ ${formatSeconds(UNDISTURBED_MS)}); 0 lost`,
  inShortForm: false,
  async run({ cleanup, say }) {
    const stack = await startStack(cleanup);
    const { postgres, mail, bot } = stack;
    const [gone, other] = channel === 'email' ? [mail, bot] : [bot, mail];
    const reporting = startReporting(stack);
    await sleep(3_000);
    await (absence === 'gone' ? gone.goAway() : gone.freeze());
    const cut = await countSendsInFlight(postgres);
    say(absence);
    await sleep(60_000);
    await (absence === 'gone' ? gone.comeBack() : gone.thaw());
    const backAt = Date.now();
    say('back');
    await sleep(5_000);
    // A thawed server still reads the messages on which the worker has given up.
    const probes = absence === 'hangs' ? 60 : 0;
    const result = await checkInvariants(
      stack,
      {
        ...reporting,
        measureRecovery: (moment) => reporting.measureRecovery(moment, gone.arrivals, [channel]),
      },
      { drainSeconds: 180, duplicates: cut + probes, recoverFrom: [backAt] },
    );
    const audit = auditIncidents(reporting.attempts, await readStoredIncidents(postgres), other.arrivals);
    const disturbed = Math.max(audit.worstDelay.email, audit.worstDelay.telegram);
    result.figures.unshift(`worst delay of the other channel: ${formatSeconds(disturbed)}`);
    if (disturbed > UNDISTURBED_MS)
      result.failures.push(`the other channel was disturbed: ${formatSeconds(disturbed)}`);
    return result;
  },
});
