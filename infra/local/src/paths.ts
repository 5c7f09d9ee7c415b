import { join } from 'node:path';

/** The checkout that this file is part of. */
export const root = join(import.meta.dirname, '..', '..', '..');

export function lockFile(checkout: string): string {
  return join(checkout, '.data', 'launcher.lock');
}

export function databaseFolder(checkout: string): string {
  return join(checkout, '.data', 'postgres');
}
