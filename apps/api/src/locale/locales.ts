import { en } from './en.ts';
import type { Locale } from './locale.ts';
import { ru } from './ru.ts';

/** Every language that `LOCALE` can name. */
export const locales: Record<'ru' | 'en', Locale> = { ru, en };
