import type { Incident } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import type { Reaction } from '@incidents/testing/mail/fake-mail-server';
import { type FakeAnswer, refusals } from '@incidents/testing/telegram/fake-answer';
import { expect } from 'vitest';
import { type Moment, readMoments } from './delivery-world.ts';

export const input = {
  text: 'Бот молчит',
  description: 'с утра',
  status: 'новый',
  source: 'operator',
} as const;

export type Course = Pick<Moment, 'state' | 'attempts'>[];

const pending = (attempts: number) => ({ state: 'pending', attempts });
const sending = (attempts: number) => ({ state: 'sending', attempts });
const sent = (attempts: number) => ({ state: 'sent', attempts });
const failed = (attempts: number) => ({ state: 'failed', attempts });

export const AT_ONCE: Course = [pending(0), sending(1), sent(1)];
const AT_THE_SECOND_ATTEMPT: Course = [pending(0), sending(1), pending(1), sending(2), sent(2)];
const NOT_AN_ATTEMPT: Course = [pending(0), sending(1), pending(0), sending(1), sent(1)];
const NEVER: Course = [pending(0), sending(1), failed(1)];

export interface Case {
  reply: string;
  recipient: string;
  course: Course;
  error?: RegExp;
  /** Seconds until the next attempt; without it the outbox or channel is closed meanwhile. */
  nextIn?: [number, number];
  /** Milliseconds until the next one begins, at least. Below the delay, which begins before the result is recorded. */
  beginsAfter?: number;
  /** How often the person has the message, at least and at most. */
  messages: number | [number, number];
}

/** Two seconds, a fifth more or less, seen a moment later. */
const SOON: [number, number] = [1.5, 2.4];

export interface MailCase extends Case {
  at: 'rcptTo' | 'message';
  /** What the server does until an attempt has failed: within one, the library may begin a second conversation. */
  until: Reaction;
}

export const mailCases: MailCase[] = [
  { reply: 'ok', recipient: 'ok@example.com', at: 'message', until: 'ok', course: AT_ONCE, messages: 1 },
  {
    reply: 'silent at RCPT',
    recipient: 'silent@example.com',
    at: 'rcptTo',
    until: 'silence',
    course: AT_THE_SECOND_ATTEMPT,
    // On a busy machine the closing of the connection can be seen before the timeout that closed it.
    error: /^the mail server fell silent|^Reached maximum number of retries after connection was closed/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '421 at RCPT',
    recipient: 'closing@example.com',
    at: 'rcptTo',
    until: { code: 421, text: 'closing the channel' },
    course: AT_THE_SECOND_ATTEMPT,
    // The latter when the server closes the connection before its answer is read.
    error: /: 421 closing the channel|connection was closed/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '451 at RCPT',
    recipient: 'greylisted@example.com',
    at: 'rcptTo',
    until: { code: 451, text: 'greylisted, try again' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /^RCPT TO: 451 greylisted/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '451 after DATA',
    recipient: 'later@example.com',
    at: 'message',
    until: { code: 451, text: 'disk full' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /^DATA: 451 disk full/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '550 at RCPT',
    recipient: 'unknown@example.com',
    at: 'rcptTo',
    until: { code: 550, text: 'no such user' },
    course: NEVER,
    error: /^RCPT TO: 550 no such user/,
    messages: 0,
  },
  {
    reply: '554 after DATA',
    recipient: 'refused@example.com',
    at: 'message',
    until: { code: 554, text: 'looks like spam' },
    course: NEVER,
    error: /^DATA: 554 looks like spam/,
    messages: 0,
  },
  {
    // The server has the message but its reply is lost. A duplicate is better than a loss.
    reply: 'silent after DATA',
    recipient: 'taken@example.com',
    at: 'message',
    until: 'silence',
    course: AT_THE_SECOND_ATTEMPT,
    error: /^the mail server fell silent/,
    nextIn: SOON,
    messages: [2, 3],
  },
  {
    reply: 'drop after DATA',
    recipient: 'dropped@example.com',
    at: 'message',
    until: 'drop',
    course: AT_THE_SECOND_ATTEMPT,
    error: /./,
    nextIn: SOON,
    messages: [2, 3],
  },
];

export interface ChatCase extends Case {
  answer: FakeAnswer;
  always?: boolean;
}

export const chatCases: ChatCase[] = [
  { reply: 'ok', recipient: '101', answer: { kind: 'ok' }, course: AT_ONCE, messages: 1 },
  { reply: 'ok, in a topic', recipient: '-1002:42', answer: { kind: 'ok' }, course: AT_ONCE, messages: 1 },
  {
    reply: '429, retry_after 1',
    recipient: '103',
    answer: { kind: 'flood', retryAfter: 1 },
    course: NOT_AN_ATTEMPT,
    error: /^429: Too Many Requests/,
    beginsAfter: 500,
    messages: 1,
  },
  {
    reply: '500',
    recipient: '104',
    answer: { kind: 'server-error' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /^500: Internal Server Error/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '502 of a proxy, HTML',
    recipient: '105',
    answer: { kind: 'bad-gateway' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /502/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: 'hang',
    recipient: '106',
    answer: { kind: 'hang' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /./,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: 'reset',
    recipient: '107',
    answer: { kind: 'reset' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /./,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '403',
    recipient: '108',
    answer: refusals.forbidden,
    always: true,
    course: NEVER,
    error: /^403: Forbidden: bot was blocked/,
    messages: 0,
  },
  {
    reply: '400 chat not found',
    recipient: '109',
    answer: refusals.chatNotFound,
    always: true,
    course: NEVER,
    error: /^400: .*chat not found/,
    messages: 0,
  },
  // As plain text, within the same attempt.
  { reply: '400 parse error', recipient: '110', answer: refusals.parseError, course: AT_ONCE, messages: 1 },
  // In the new chat, within the same attempt.
  {
    reply: 'migration to -1011',
    recipient: '-11',
    answer: { kind: 'migrated', to: -1011 },
    course: AT_ONCE,
    messages: 1,
  },
];

export const silent = new Set(['silent@example.com', 'taken@example.com', '106']);
export const cases = [
  ...mailCases.map((one) => ({ ...one, channel: 'email' as const })),
  ...chatCases.map((one) => ({ ...one, channel: 'telegram' as const })),
];
export const allCases = [...mailCases, ...chatCases];

export const getChat = (recipient: string) =>
  recipient === '-11' ? '-1011' : (recipient.split(':')[0] ?? '');

/** The recorded id of a message, with its chat if that is not the configured one. */
export const getMessageId = (recipient: string, id: number) =>
  recipient === '-11' ? `-1011/${id}` : String(id);

export const findEnd = (
  db: Parameters<typeof readMoments>[0],
  incident: Incident,
  event: number,
  deliveries: number,
  seen: (moment: Moment) => void = () => {},
) =>
  eventually(async () => {
    const all = (await readMoments(db)).filter((moment) => moment.incident_id === incident.id);
    const events = [...new Set(all.map(({ event_id }) => event_id))].sort((a, b) => a - b);
    const own = all.filter(({ event_id }) => event_id === events[event]);
    own.forEach(seen);
    const ended = own.filter(({ state }) => ['sent', 'failed', 'skipped'].includes(state));
    expect(ended).toHaveLength(deliveries);
    return own;
  }, 20_000);
