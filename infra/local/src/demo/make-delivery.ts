import type { Random } from './random.ts';
import type { Source } from './stories.ts';

interface Recipient {
  channel: 'email' | 'telegram';
  recipient: string;
  /** Undefined: all. */
  sources?: Source[];
  /** Days before now from which on its messages are refused. */
  refusedForDays?: number;
}

// Reserved domains and numbers: no message reaches a person.
export const RECIPIENTS: Recipient[] = [
  { channel: 'email', recipient: 'duty@example.org' },
  { channel: 'email', recipient: 'billing@example.org', sources: ['partner'] },
  { channel: 'email', recipient: 'night-shift@example.org', sources: ['operator'], refusedForDays: 2.5 },
  { channel: 'telegram', recipient: '-1001700000000' },
  { channel: 'telegram', recipient: '-1001700000000:12', sources: ['monitoring'] },
];

const ERRORS = {
  email: ['451 4.7.1 Try again later', '554 5.7.1 Message rejected as spam', 'connection timed out'],
  telegram: ['403 Forbidden: bot was blocked by the user', '400 Bad Request: chat not found'],
};
const UNKNOWN_USER = '550 5.1.1 Recipient address rejected: User unknown';

const DAY_MS = 86_400_000;

/** Columns of `deliveries`; times are ISO 8601. */
export interface DemoDelivery {
  channel: 'email' | 'telegram';
  transport: 'smtp' | 'telegram';
  recipient: string;
  state: 'sent' | 'failed' | 'skipped';
  attempts: number;
  provider_message_id: string | null;
  last_error: string | null;
  digest: boolean;
  series_began_at: string;
  sent_at: string | null;
  created_at: string;
  updated_at: string;
}

/** In a final state: workers leave it alone. `deletedAt` is the deletion of its incident. */
export function makeDelivery(
  { channel, recipient, refusedForDays }: Recipient,
  {
    at,
    now,
    deletedAt,
    isStorm,
  }: { at: number; now: number; deletedAt: number | undefined; isStorm: boolean },
  random: Random,
): DemoDelivery {
  const createdAt = at + random.whole(20, 400);
  const isRefused = refusedForDays !== undefined && at > now - refusedForDays * DAY_MS;
  const isFailed = isRefused || random.isTrue(0.012);
  const attempts = isRefused ? 1 : random.isTrue(0.04) ? random.whole(2, 4) : 1;
  const delay = random.whole(300, 4_000) + (attempts - 1) * 30_000 + (isStorm ? 60_000 : 0);
  const endedAt = Math.min(createdAt + delay, now);
  const isSkipped = deletedAt !== undefined && endedAt >= deletedAt;
  const messageId =
    channel === 'email' ? `<${random.uuid()}@example.org>` : String(random.whole(1_000, 99_999));
  const state = isSkipped ? 'skipped' : isFailed ? 'failed' : 'sent';
  return {
    channel,
    transport: channel === 'email' ? 'smtp' : 'telegram',
    recipient,
    state,
    attempts: isSkipped ? 0 : attempts,
    provider_message_id: state === 'sent' ? messageId : null,
    last_error: {
      sent: null,
      failed: isRefused ? UNKNOWN_USER : random.pick(ERRORS[channel]),
      skipped: 'the incident no longer exists',
    }[state],
    digest: isStorm,
    series_began_at: toIso(createdAt),
    sent_at: state === 'sent' ? toIso(endedAt) : null,
    created_at: toIso(Math.min(createdAt, now)),
    updated_at: toIso(endedAt),
  };
}

const toIso = (time: number) => new Date(Math.round(time)).toISOString();
