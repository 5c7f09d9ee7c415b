import { en } from './en.ts';
import type { Messages } from './messages.ts';
import { ru } from './ru.ts';

export const messagesByLocale: Record<'ru' | 'en', Messages> = { ru, en };
