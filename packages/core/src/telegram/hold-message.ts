import type { Incident } from '@incidents/contracts';
import { findIncident } from '@incidents/db/queries/find-incident';
import {
  extendTelegramHold,
  holdTelegramMessage,
  releaseTelegramMessage,
  type StandingMessage,
} from '@incidents/db/queries/telegram-messages';
import type { Context } from '../context.ts';
import { toIncident } from '../incident/to-incident.ts';

export type { StandingMessage };

/** The message about an incident in a chat, which nobody else changes while it is held. */
export interface MessageHold {
  /** What stands there now. */
  message: StandingMessage;
  /** As it is now that nobody else can write about it; undefined when it was deleted. */
  incident: Incident | undefined;
  /**
   * Holds it for another full lease.
   * @returns false when the hold had run out before: then it may be somebody else's and must not be changed
   */
  extend(): Promise<boolean>;
  /**
   * Lets go of it, with what it says now.
   * @returns false when the hold had run out and somebody else took it
   */
  release(message: StandingMessage): Promise<boolean>;
}

/**
 * Takes hold of the message about an incident for a recipient, for at most `seconds`: whoever dies with it
 * keeps it no longer than that. Who sends the same delivery anew need not wait.
 * @returns undefined while somebody else has it
 */
export async function holdMessage(
  db: Context['db'],
  incidentId: number,
  recipient: string,
  seconds: number,
  deliveryId: number,
): Promise<MessageHold | undefined> {
  const held = await holdTelegramMessage(db, incidentId, recipient, seconds, deliveryId);
  if (held === undefined) return undefined;
  let heldUntil = held.held_until;
  const { chat, message_id, content_hash } = held;
  const row = await findIncident(db, incidentId);
  return {
    message: { chat, message_id, content_hash },
    incident: row && toIncident(row),
    async extend() {
      const until = await extendTelegramHold(db, incidentId, recipient, heldUntil, seconds);
      if (until === undefined) return false;
      heldUntil = until;
      return true;
    },
    release: (message) => releaseTelegramMessage(db, incidentId, recipient, heldUntil, message),
  };
}
