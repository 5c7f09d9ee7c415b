import { createStore } from '../ui/create-store.ts';

const STORAGE_KEY = 'incidents.api-key';

/** The API key of this tab; undefined without one, as with AUTH=off. */
export const apiKey = createStore<string | undefined>(sessionStorage.getItem(STORAGE_KEY) ?? undefined);

/** Whether the service refused the last request for want of a valid key. */
export const isKeyRequired = createStore(false);

export function signIn(key: string): void {
  sessionStorage.setItem(STORAGE_KEY, key);
  apiKey.set(key);
  isKeyRequired.set(false);
}

export function signOut(): void {
  sessionStorage.removeItem(STORAGE_KEY);
  apiKey.set(undefined);
  isKeyRequired.set(true);
}
