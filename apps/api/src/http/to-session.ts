import type { Session } from '@incidents/contracts';
import type { Authentication, Caller } from './authentication.ts';

export const toSession = ({ requiresKey }: Authentication, caller: Caller): Session => ({
  auth: requiresKey ? 'keys' : 'off',
  actor: caller.actor,
  key_id: caller.key?.id ?? null,
  key_name: caller.key?.name ?? null,
  scopes: caller.scopes,
  expires_at: caller.expiresAt,
});
