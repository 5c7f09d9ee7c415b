import {
  closeMailServersAfterEach,
  type Script,
  startMailServer,
} from '@incidents/testing/mail/fake-mail-server';
import { useTestLogger } from '@incidents/testing/test-logger';
import nodemailer from 'nodemailer';
import { afterEach, describe, expect, test } from 'vitest';
import { messagesByLocale } from '../messages/messages-by-locale.ts';
import { sendTestMail } from './send-test-mail.ts';

useTestLogger();
closeMailServersAfterEach();
const mailers: { close(): void }[] = [];
afterEach(() => {
  for (const mailer of mailers.splice(0)) mailer.close();
});

async function start(script: Script = {}, auth?: { user: string; pass: string }) {
  const server = await startMailServer(script);
  const mailer = nodemailer.createTransport({ host: '127.0.0.1', port: server.port, pool: true, auth });
  mailers.push(mailer);
  const send = (recipient = 'duty@example.com', signal = new AbortController().signal) =>
    sendTestMail({
      mailer,
      sender: { name: 'Инциденты', address: 'incidents@example.com' },
      recipient,
      messages: messagesByLocale.ru,
      secrets: ['canary'],
      signal,
    });
  return { server, send };
}

describe('sendTestMail', () => {
  test('sends one message and returns the reply of the server', async () => {
    const { server, send } = await start();
    expect(await send()).toMatch(/^250 /);
    const [received, ...others] = server.mailbox('duty@example.com');
    expect(others).toEqual([]);
    expect(received?.mail.subject).toBe(messagesByLocale.ru.test.subject);
    expect(received?.mail.text?.trim()).toBe(messagesByLocale.ru.test.text);
    expect(received?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  test.each<[string, Script, RegExp]>([
    ['the mailbox', { rcptTo: () => ({ code: 550, text: 'no such user' }) }, /^RCPT TO: 550 no such user$/],
    ['the greeting', { greeting: () => ({ code: 554, text: 'go away' }) }, /554 go away/],
    ['the connection', { greeting: () => 'drop' }, /./],
  ])('throws the reply of a server that refuses %s', async (_, script, reason) => {
    const { server, send } = await start(script);
    await expect(send()).rejects.toThrow(reason);
    expect(server.mailbox('duty@example.com')).toEqual([]);
  });

  test('removes the password from the error', async () => {
    const login = () => ({ code: 535, text: 'canary is wrong' });
    const { send } = await start({ login }, { user: 'user', pass: 'canary' });
    const error = await send().catch((thrown) => thrown);
    expect(error.message).toContain('535');
    expect(error.message).not.toContain('canary');
  });

  test('throws when the signal is aborted while the server is silent', async () => {
    const { send } = await start({ greeting: () => 'silence' });
    await expect(send('duty@example.com', AbortSignal.timeout(100))).rejects.toThrow('interrupted');
    await expect(send('duty@example.com', AbortSignal.abort())).rejects.toThrow('interrupted');
  });

  test('refuses a recipient that is not one address', async () => {
    const { server, send } = await start();
    await expect(send('log')).rejects.toThrow('not one e-mail address');
    expect(server.connections()).toBe(0);
  });
});
