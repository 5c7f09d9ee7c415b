import { join } from 'node:path';

/** The checkout that this file is part of. */
export const root = join(import.meta.dirname, '..', '..', '..');

/** The lock of a checkout. */
export function lockFile(checkout: string): string {
  return join(checkout, '.data', 'launcher.lock');
}

/** The embedded PostgreSQL's folder of a checkout. */
export function databaseFolder(checkout: string): string {
  return join(checkout, '.data', 'postgres');
}
