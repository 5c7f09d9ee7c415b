import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelName, judge, recoveryAfter } from './ledger.ts';
import { sendsInFlight, storedIncidents } from './records.ts';
import { startReporting } from './reporting.ts';
import type { Scenario } from './scenario.ts';
import { seconds, settle } from './settle.ts';
import { startStack } from './stack.ts';

/** Milliseconds that a message by the other channel may take: what it takes when nothing is amiss, and some. */
const UNDISTURBED = 3_000;

/** The server of one channel is gone for a minute: nobody listens on its port. */
export const channelGone = (channel: ChannelName): Scenario => ({
  name: channel === 'email' ? 'smtp-gone' : 'telegram-gone',
  fault: `${channel === 'email' ? 'SMTP' : 'Telegram'} gone for a minute`,
  target: `the other channel undisturbed (≤ ${seconds(UNDISTURBED)}); 0 lost`,
  inShortForm: false,
  async run({ cleanup, say }) {
    const stack = await startStack(cleanup);
    const { postgres, mail, bot, apis } = stack;
    const [gone, other] = channel === 'email' ? [mail, bot] : [bot, mail];
    const reporting = startReporting(apis.map(({ url }) => url));
    await sleep(3_000);
    await gone.goAway();
    const cut = await sendsInFlight(postgres);
    say('gone');
    await sleep(60_000);
    await gone.comeBack();
    const backAt = Date.now();
    say('back');
    await sleep(5_000);
    const result = await settle(stack, reporting, { drainSeconds: 180, duplicates: cut }, () => [
      recoveryAfter(backAt, reporting.attempts, gone.arrivals, [channel]),
    ]);
    const judged = judge(reporting.attempts, await storedIncidents(postgres), other.arrivals);
    const disturbed = Math.max(judged.worstDelay.email, judged.worstDelay.telegram);
    result.figures.unshift(`worst delay of the other channel: ${seconds(disturbed)}`);
    if (disturbed > UNDISTURBED)
      result.failures.push(`the other channel was disturbed: ${seconds(disturbed)}`);
    return result;
  },
});
