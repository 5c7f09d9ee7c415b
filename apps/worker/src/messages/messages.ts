import type { Incident } from '@incidents/contracts';
import { en } from './en.ts';
import { ru } from './ru.ts';

/** What a notification says, before a channel gives it its form. */
export interface Message {
  subject: string;
  /** Plain text, lines separated by `\n`. */
  text: string;
}

/** Everything that the worker says to a person, in one language. */
export interface Messages {
  newIncident(incident: Incident): Message;
}

export const messagesOf: Record<'ru' | 'en', Messages> = { ru, en };
