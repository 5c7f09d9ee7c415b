import { createStore } from './create-store.ts';

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: Theme[] = ['system', 'light', 'dark'];

const STORAGE_KEY = 'incidents.theme';
const stored = localStorage.getItem(STORAGE_KEY);

export const theme = createStore<Theme>(THEMES.find((known) => known === stored) ?? 'system');

/** `light-dark()` of the stylesheets follows the property. */
const applyTheme = () => {
  document.documentElement.style.colorScheme = theme.get() === 'system' ? 'light dark' : theme.get();
};

export function setTheme(value: Theme): void {
  localStorage.setItem(STORAGE_KEY, value);
  theme.set(value);
}

theme.subscribe(applyTheme);
applyTheme();
