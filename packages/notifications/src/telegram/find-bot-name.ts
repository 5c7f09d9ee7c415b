import type { BotApi, BotReply } from './bot-api.ts';

/**
 * Returns the name of the bot of the token, without `@`.
 * @throws Error with the reason in one line, such as a wrong token
 */
export async function findBotName(api: BotApi, signal: AbortSignal): Promise<string> {
  const me = await api.getMe(signal);
  if (me.kind !== 'done') throw new Error(`getMe: ${explainRefusal(me)}`);
  return me.username;
}

export const explainRefusal = (refusal: Exclude<BotReply, { kind: 'done' }>): string =>
  'error' in refusal ? refusal.error : refusal.kind;
