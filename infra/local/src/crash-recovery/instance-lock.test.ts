import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AlreadyRunningError, acquireInstanceLock, readInstance } from './instance-lock.ts';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, '.data', 'launcher.lock');
}

test('acquireInstanceLock rejects a second holder and names the first', () => {
  const file = newFile();
  const { lock, stale } = acquireInstanceLock(file);
  expect(stale).toBeUndefined();
  expect(() => acquireInstanceLock(file)).toThrow(new AlreadyRunningError(process.pid));
  lock.release();
  expect(existsSync(file)).toBe(false);
});

test('acquireInstanceLock replaces a stale or empty lock and keeps its children', () => {
  const file = newFile();
  acquireInstanceLock(file).lock.release();
  const dead = { pid: process.pid, startedAt: 'earlier', children: { api: { pid: 1, startedAt: 'x' } } };
  writeFileSync(file, JSON.stringify(dead));
  const { lock, stale } = acquireInstanceLock(file);
  expect(stale).toEqual(dead);
  expect(readInstance(file)?.children).toEqual(dead.children);
  lock.release();

  writeFileSync(file, '');
  acquireInstanceLock(file).lock.release();
  expect(existsSync(file)).toBe(false);
});
