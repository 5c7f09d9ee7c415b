import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusals } from './fake-answer.ts';

let child: ReturnType<typeof spawn>;
let server: { url: string; token: string };

beforeEach(async () => {
  const script = fileURLToPath(new URL('serve-fake-bot-api.ts', import.meta.url));
  const flags = ['--chat-per-second', '2', '--enforce'];
  child = spawn(process.execPath, [script, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('no output');
  const [line] = await once(createInterface(child.stdout), 'line');
  server = JSON.parse(line);
});
afterEach(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

async function call(method: string, body: object, token = server.token): Promise<unknown> {
  const response = await fetch(`${server.url}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

const stats = async () => (await fetch(`${server.url}/stats`)).json();

test('answers as the Bot API does, and counts calls', async () => {
  const message = { chat_id: 1, parse_mode: 'HTML' };
  expect(await call('sendMessage', { ...message, text: '<b>№1</b> a &amp; b' })).toMatchObject({
    ok: true,
    result: { message_id: 1 },
  });
  expect(await call('editMessageText', { ...message, message_id: 1, text: '№1 a &amp; b' })).toMatchObject({
    error_code: 400,
    description: expect.stringContaining('message is not modified'),
  });
  expect(await call('sendMessage', { ...message, text: 'one more than allowed' })).toMatchObject({
    error_code: 429,
    parameters: { retry_after: 1 },
  });
  expect(await call('editMessageText', { chat_id: 2, message_id: 9, text: 'x' })).toMatchObject({
    description: 'Bad Request: message to edit not found',
  });
  expect(await call('sendMessage', { chat_id: 3, parse_mode: 'HTML', text: '<b>x' })).toMatchObject({
    description: expect.stringContaining("can't parse entities"),
  });
  expect(await call('sendMessage', { chat_id: 4, text: 'x' }, 'wrong')).toMatchObject({ error_code: 401 });
  expect(await stats()).toMatchObject({ calls: 6, messages: 1, violations: { chat: 1, group: 0, total: 0 } });
});

test('follows a script for each chat', async () => {
  await fetch(`${server.url}/script`, {
    method: 'POST',
    body: JSON.stringify([
      { answer: { kind: 'flood', retryAfter: 7 }, chat: '2' },
      { answer: refusals.forbidden, times: 2 },
    ]),
  });
  expect(await call('sendMessage', { chat_id: 1, text: 'x' })).toMatchObject({ error_code: 403 });
  expect(await call('sendMessage', { chat_id: 2, text: 'x' })).toMatchObject({
    parameters: { retry_after: 7 },
  });
  expect(await call('sendMessage', { chat_id: 2, text: 'x' })).toMatchObject({ error_code: 403 });
  expect(await call('sendMessage', { chat_id: 3, text: 'x' })).toMatchObject({ ok: true });
  await fetch(`${server.url}/reset`, { method: 'POST' });
  expect(await stats()).toMatchObject({ calls: 0, messages: 0 });
});
