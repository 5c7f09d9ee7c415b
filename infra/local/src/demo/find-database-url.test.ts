import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireInstanceLock } from '../crash-recovery/instance-lock.ts';
import { databaseFolder, lockFile } from '../paths.ts';
import { findDatabaseUrl } from './find-database-url.ts';

function newCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(databaseFolder(folder), { recursive: true });
  writeFileSync(join(databaseFolder(folder), 'port'), '54329');
  writeFileSync(join(databaseFolder(folder), 'password'), 'secret\n');
  return folder;
}

test('returns the direct URL of the environment, else its URL, else that of .env', () => {
  const checkout = newCheckout();
  writeFileSync(join(checkout, '.env'), 'DATABASE_URL=postgresql://file/incidents\n');
  const given = { DATABASE_URL: 'postgresql://pooler/incidents' };
  expect(findDatabaseUrl(checkout, { ...given, DATABASE_DIRECT_URL: 'postgresql://direct/incidents' })).toBe(
    'postgresql://direct/incidents',
  );
  expect(findDatabaseUrl(checkout, { ...given })).toBe('postgresql://pooler/incidents');
  expect(findDatabaseUrl(checkout, {})).toBe('postgresql://file/incidents');
});

test('returns the embedded server while a launcher runs, and nothing otherwise', () => {
  const checkout = newCheckout();
  expect(findDatabaseUrl(checkout, {})).toBeUndefined();
  const { lock } = acquireInstanceLock(lockFile(checkout));
  expect(findDatabaseUrl(checkout, {})).toBe('postgresql://incidents:secret@127.0.0.1:54329/incidents');
  lock.release();
  expect(findDatabaseUrl(checkout, {})).toBeUndefined();
});
