import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelName, judge, recoveryAfter } from '../accepted-incidents.ts';
import { seconds, settle } from '../invariants.ts';
import { sendsInFlight, storedIncidents } from '../records.ts';
import { startReporting } from '../reporting.ts';
import type { Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';

/** Milliseconds that a message by the other channel may take: what it takes when nothing is amiss, and some. */
const UNDISTURBED_MS = 3_000;

/** How a server does not take messages: nothing listens on its port, or it accepts connections and says nothing. */
type Absence = 'gone' | 'hangs';

/** The server of one channel takes no messages for a minute. */
export const channelGone = (channel: ChannelName, absence: Absence): Scenario => ({
  name: `${channel === 'email' ? 'smtp' : 'telegram'}-${absence}`,
  fault: `${channel === 'email' ? 'SMTP' : 'Telegram'} ${absence === 'gone' ? 'gone' : 'hangs (SIGSTOP)'} for a minute`,
  target: `the other channel undisturbed (≤ ${seconds(UNDISTURBED_MS)}); 0 lost`,
  inShortForm: false,
  async run({ cleanup, say }) {
    const stack = await startStack(cleanup);
    const { postgres, mail, bot, apis } = stack;
    const [gone, other] = channel === 'email' ? [mail, bot] : [bot, mail];
    const reporting = startReporting(apis.map(({ url }) => url));
    await sleep(3_000);
    await (absence === 'gone' ? gone.goAway() : gone.freeze());
    const cut = await sendsInFlight(postgres);
    say(absence);
    await sleep(60_000);
    await (absence === 'gone' ? gone.comeBack() : gone.thaw());
    const backAt = Date.now();
    say('back');
    await sleep(5_000);
    // A frozen server reads, once it goes on, what it was sent before the worker gave up.
    const probes = absence === 'hangs' ? 60 : 0;
    const result = await settle(stack, reporting, { drainSeconds: 180, duplicates: cut + probes }, () => [
      recoveryAfter(backAt, reporting.attempts, gone.arrivals, [channel]),
    ]);
    const judged = judge(reporting.attempts, await storedIncidents(postgres), other.arrivals);
    const disturbed = Math.max(judged.worstDelay.email, judged.worstDelay.telegram);
    result.figures.unshift(`worst delay of the other channel: ${seconds(disturbed)}`);
    if (disturbed > UNDISTURBED_MS)
      result.failures.push(`the other channel was disturbed: ${seconds(disturbed)}`);
    return result;
  },
});
