import type { Messages } from './messages.ts';
import { toOneLine } from './to-one-line.ts';
import { truncateText } from './truncate-text.ts';

/** UTF-16 code units. A key's name has at most 100 characters. */
const MAX_ACTOR_LENGTH = 120;

const KEY = /^key:(?<id>\d+):(?<name>.*)$/s;

/** The actor of an event in words, on one line; an unknown one as it is. */
export function describeActor(actor: string, { actors }: Messages): string {
  if (actor === 'anonymous') return actors.anonymous;
  if (actor === 'key:ADMIN_API_KEY') return actors.adminKey;
  const { id, name } = KEY.exec(actor)?.groups ?? {};
  if (id === undefined || name === undefined) return truncateText(toOneLine(actor), MAX_ACTOR_LENGTH);
  return actors.key({ id, name: truncateText(toOneLine(name), MAX_ACTOR_LENGTH) });
}
