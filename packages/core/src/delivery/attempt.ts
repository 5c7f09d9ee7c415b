import { storableMessage } from '../storable-message.ts';
import type { Outcome } from './channel.ts';

/** Runs one attempt; what it throws instead of returning is worth another try. */
export async function attempt(send: () => Promise<Outcome>): Promise<Outcome> {
  try {
    const outcome = await send();
    return 'error' in outcome && outcome.error !== undefined
      ? { ...outcome, error: storableMessage(outcome.error) }
      : outcome;
  } catch (error) {
    return { kind: 'retry', error: storableMessage(error) };
  }
}
