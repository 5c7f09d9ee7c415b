import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AlreadyRunning, readInstance, takeInstanceLock } from './instance-lock.ts';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, '.data', 'launcher.lock');
}

test('one holder at a time, named to whoever comes second', () => {
  const file = newFile();
  const { lock, abandoned } = takeInstanceLock(file);
  expect(abandoned).toBeUndefined();
  expect(() => takeInstanceLock(file)).toThrow(new AlreadyRunning(process.pid));
  lock.release();
  expect(existsSync(file)).toBe(false);
});

test('a lock whose holder is dead is taken over with what it had noted', () => {
  const file = newFile();
  takeInstanceLock(file).lock.release();
  const dead = { pid: process.pid, startedAt: 'earlier', children: { api: { pid: 1, startedAt: 'x' } } };
  writeFileSync(file, JSON.stringify(dead));
  const { lock, abandoned } = takeInstanceLock(file);
  expect(abandoned).toEqual(dead);
  expect(readInstance(file)?.children).toEqual(dead.children);
  lock.release();

  writeFileSync(file, '');
  takeInstanceLock(file).lock.release();
  expect(existsSync(file)).toBe(false);
});
