import { type Kysely, type RawBuilder, sql } from 'kysely';
import { CLOCK_TOLERANCE_SECONDS } from '../clock.ts';
import type { Database } from '../tables/database.ts';

/** What stands in a chat about an incident. */
export interface StandingMessage {
  /** The chat that `message_id` counts in. */
  chat: string | null;
  /** null: nothing yet. */
  message_id: number | null;
  content_hash: string | null;
}

/** A message that the caller alone may change, until `held_until`. */
export interface HeldMessage extends StandingMessage {
  /** Also what proves the hold: nobody else ever has the same value. */
  held_until: Date;
}

/** Whether a hold for `seconds` ends later than it can: the clock was set back while it lasted. */
const endsTooLate = (heldUntil: RawBuilder<unknown>, seconds: number) =>
  sql`${heldUntil} > now() + make_interval(secs => ${seconds + CLOCK_TOLERANCE_SECONDS})`;

/**
 * Takes hold of the message about an incident in a chat, for at most `seconds`. A hold for the same delivery is taken
 * over: it is sent anew because whoever had it is gone.
 * @returns undefined while somebody else has it
 */
export async function holdTelegramMessage(
  db: Kysely<Database>,
  incidentId: number,
  recipient: string,
  seconds: number,
  deliveryId: number,
): Promise<HeldMessage | undefined> {
  const { rows } = await sql<HeldMessage>`
    insert into telegram_messages as message (incident_id, recipient, held_until, held_for)
    values (${incidentId}, ${recipient}, now() + make_interval(secs => ${seconds}), ${deliveryId})
    on conflict (incident_id, recipient) do update
    set held_until = greatest(excluded.held_until, message.held_until + interval '1 millisecond'),
      held_for = excluded.held_for
    where message.held_until < now() or message.held_for = excluded.held_for
      or ${endsTooLate(sql`message.held_until`, seconds)}
    returning chat, message_id, content_hash, held_until`.execute(db);
  return rows[0];
}

/**
 * Holds it for `seconds` from now on.
 * @returns the new end; undefined when the hold had run out and somebody else may have the message
 */
export async function extendTelegramHold(
  db: Kysely<Database>,
  incidentId: number,
  recipient: string,
  heldUntil: Date,
  seconds: number,
): Promise<Date | undefined> {
  // One millisecond more at least, so that the value stays one that nobody else has had.
  const { rows } = await sql<{ held_until: Date }>`
    update telegram_messages
    set held_until = case when ${endsTooLate(sql`held_until`, seconds)} then now() + make_interval(secs => ${seconds})
      else greatest(now() + make_interval(secs => ${seconds}), held_until + interval '1 millisecond') end
    where incident_id = ${incidentId} and recipient = ${recipient}
      and held_until = ${heldUntil} and held_until > now()
    returning held_until`.execute(db);
  return rows[0]?.held_until;
}

/**
 * Lets go of it, with what it says now.
 * @returns false when the hold had run out and somebody else took it: what they wrote is left alone
 */
export async function releaseTelegramMessage(
  db: Kysely<Database>,
  incidentId: number,
  recipient: string,
  heldUntil: Date,
  message: StandingMessage,
): Promise<boolean> {
  const { rows } = await sql`
    update telegram_messages set held_until = '-infinity', chat = ${message.chat},
      message_id = ${message.message_id}, content_hash = ${message.content_hash}
    where incident_id = ${incidentId} and recipient = ${recipient} and held_until = ${heldUntil}
    returning incident_id`.execute(db);
  return rows.length > 0;
}
