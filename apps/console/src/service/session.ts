import type { Session } from '@incidents/contracts';
import { request } from './request.ts';
import { isSignInRequired } from './sign-in-required.ts';

/** The browser keeps the session in a cookie that scripts cannot read; the key is not kept. */
export async function signIn(key: string): Promise<void> {
  await request<Session>('POST', '/session', { json: { key } });
  isSignInRequired.set(false);
}

export async function signOut(): Promise<void> {
  await request<Session>('DELETE', '/session');
  isSignInRequired.set(true);
}
