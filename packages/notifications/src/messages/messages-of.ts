import { en } from './en.ts';
import type { Messages } from './messages.ts';
import { ru } from './ru.ts';

/** Every language that `LOCALE` can name. */
export const messagesOf: Record<'ru' | 'en', Messages> = { ru, en };
