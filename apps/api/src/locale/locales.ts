import { en } from './en.ts';
import type { Locale } from './locale.ts';
import { ru } from './ru.ts';

export const locales: Record<'ru' | 'en', Locale> = { ru, en };
