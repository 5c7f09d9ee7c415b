import { type RawBuilder, sql } from 'kysely';

/** The topics of a chat share its outbox. Telegram's names are case-insensitive. */
export const outboxAddress = (channel: RawBuilder<unknown>, recipient: RawBuilder<unknown>) =>
  sql<string>`case ${channel} when 'telegram' then lower(split_part(${recipient}, ':', 1)) else ${recipient} end`;
