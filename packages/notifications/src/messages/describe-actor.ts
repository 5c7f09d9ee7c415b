import type { Messages } from './messages.ts';
import { cut, oneLine } from './one-line.ts';

/** UTF-16 code units; a key's name has at most 100 characters. */
const MAX_ACTOR_LENGTH = 120;

const KEY = /^key:(?<id>\d+):(?<name>.*)$/s;

/** The actor of an event in words, as one line; one that the service does not know is shown as it is. */
export function describeActor(actor: string, { actors }: Messages): string {
  if (actor === 'anonymous') return actors.anonymous;
  if (actor === 'key:ADMIN_API_KEY') return actors.adminKey;
  const { id, name } = KEY.exec(actor)?.groups ?? {};
  if (id === undefined || name === undefined) return cut(oneLine(actor), MAX_ACTOR_LENGTH);
  return actors.key({ id, name: cut(oneLine(name), MAX_ACTOR_LENGTH) });
}
