import { createStore, useStore } from '../ui/create-store.ts';
import { en } from './en.ts';
import { ru, type Texts } from './ru.ts';

export type Language = 'ru' | 'en';

const STORAGE_KEY = 'incidents.language';
const texts: Record<Language, Texts> = { ru, en };

export const language = createStore<Language>(localStorage.getItem(STORAGE_KEY) === 'en' ? 'en' : 'ru');

export function setLanguage(value: Language): void {
  localStorage.setItem(STORAGE_KEY, value);
  language.set(value);
}

export const useTexts = (): Texts => texts[useStore(language)];
