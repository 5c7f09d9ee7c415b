import { isoTime } from '../iso-time.ts';

/** An API key without its digest; times are ISO 8601 in UTC. */
export interface ApiKeyRow {
  id: number;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

export const apiKeyColumns = [
  'id',
  'name',
  'prefix',
  'scopes',
  isoTime('created_at').as('created_at'),
  isoTime<string | null>('expires_at').as('expires_at'),
  isoTime<string | null>('last_used_at').as('last_used_at'),
  isoTime<string | null>('revoked_at').as('revoked_at'),
] as const;
