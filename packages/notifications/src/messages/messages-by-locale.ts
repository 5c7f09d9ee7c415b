import { en } from './en.ts';
import type { Messages } from './messages.ts';
import { ru } from './ru.ts';

/** The values of `LOCALE`. */
export const messagesByLocale: Record<'ru' | 'en', Messages> = { ru, en };
