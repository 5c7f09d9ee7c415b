import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';

const program = join(import.meta.dirname, 'testing', 'log-lines.ts');

/** Lines of a kilobyte: more than its buffer and any pipe or socket hold, and less than the buffer. */
const MANY = 4_000;
const FEW = 800;

async function log(count: number, stdout: number | 'pipe', length = 1_000) {
  const child = spawn(process.execPath, [program, String(count), String(length)], {
    stdio: ['ignore', stdout, stdout === 'pipe' ? 'inherit' : stdout, 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [message] = await once(child, 'message');
  return { child, writes: (message as { writes: number }).writes };
}

async function end(child: ChildProcess) {
  const ended = once(child, 'exit');
  child.disconnect();
  return (await ended)[0];
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'incidents-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A pipe, unlike Node's own; `path` is where it is read. */
function makePipe(): { path: string; fd: number } {
  const path = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [path]);
  // For reading too, so that it opens at once.
  const fd = openSync(path, 'r+');
  onTestFinished(() => closeSync(fd));
  return { path, fd };
}

function expectComplete(output: string, count = MANY): { dropped: number } {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const counts = lines.filter(({ msg }) => msg === 'log lines were dropped').map(({ lines }) => lines);
  const numbered = lines.flatMap(({ line }) => (line === undefined ? [] : [line]));
  const dropped = counts.reduce((sum, count) => sum + count, 0);
  expect(numbered).toEqual(numbered.toSorted((a, b) => a - b));
  const warnings = lines.filter(({ msg }) => msg === 'a warning of Node.js').length;
  expect(numbered.length + warnings + dropped).toBe(count + 1);
  const fatal = lines.filter(({ level }) => level === 'fatal').map(({ msg }) => msg);
  // A write in flight may come after the last lines.
  expect(fatal.toSorted()).toEqual(['the end', 'the end is near']);
  return { dropped };
}

describe('a file', () => {
  async function logToFile(count: number, length?: number) {
    const file = join(temporaryFolder(), 'log');
    const fd = openSync(file, 'a');
    const { child, writes } = await log(count, fd, length);
    expect(await end(child)).toBe(3);
    closeSync(fd);
    return { writes, ...expectComplete(readFileSync(file, 'utf8').replace('of a library\n', ''), count) };
  }

  test('gets every line, also the last one, in few writes', async () => {
    const { dropped, writes } = await logToFile(FEW);
    expect(dropped).toBe(0);
    expect(writes).toBeLessThan(FEW / 10);
  });

  test('gets a line longer than the buffer, and later lines', async () => {
    expect((await logToFile(2, 2_000_000)).dropped).toBeGreaterThan(0);
  });
});

describe.skipIf(process.platform !== 'linux')('a reader that has stopped', () => {
  test('of a socket: drops and counts lines, and keeps fatal ones', async () => {
    const { child } = await log(MANY, 'pipe');
    if (child.stdout === null) throw new Error('no standard output');
    const read = text(child.stdout);
    await once(child.stdout, 'data');
    // What has been dropped is counted when it has all been read; the end must not be before.
    let seen = '';
    child.stdout.on('data', (part: Buffer) => {
      seen += part;
      if (seen.includes('log lines were dropped') && child.connected) child.disconnect();
    });
    expect(expectComplete(await read).dropped).toBeGreaterThan(0);
  });

  test('of a pipe: drops and counts lines, and keeps fatal ones', async () => {
    const { path, fd } = makePipe();
    const { child } = await log(MANY, fd);
    const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void reader.kill('SIGKILL'));
    let seen = '';
    for await (const part of reader.stdout) {
      seen += part;
      if (seen.includes('log lines were dropped') && child.connected) child.disconnect();
      if (seen.includes('"the end"')) break;
    }
    expect(expectComplete(seen.replace('of a library\n', '')).dropped).toBeGreaterThan(0);
  });

  test.each(['a socket', 'a pipe'])('of %s does not delay the exit', async (kind) => {
    const { child } = await log(MANY, kind === 'a socket' ? 'pipe' : makePipe().fd);
    expect(await end(child)).toBe(3);
  });

  test('that has closed its socket does not delay the exit', async () => {
    const { child } = await log(1, 'pipe');
    child.stdout?.destroy();
    expect(await end(child)).toBe(3);
  });

  test('does not delay the exit when the disk is full', async () => {
    const fd = openSync('/dev/full', 'w');
    const { child } = await log(MANY, fd);
    closeSync(fd);
    expect(await end(child)).toBe(3);
  });
});
