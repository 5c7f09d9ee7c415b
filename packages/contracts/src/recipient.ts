import * as z from 'zod';
import { Channel, recipientFilters, Transport } from './delivery.ts';
import { time } from './time.ts';

const count = () => z.int().min(0);
const recipient = () =>
  z.string().meta({
    description: 'An e-mail address, or a Telegram `chat` or `chat:topic`; `log` without a recipient.',
    example: 'oncall@example.org',
  });

export const Recipient = z
  .object({
    channel: Channel,
    transport: Transport,
    recipient: recipient(),
    configured: z.boolean().meta({
      description:
        'Whether a living worker is configured with it. Others are listed while they have waiting or failed deliveries.',
    }),
    sources: z
      .array(z.string())
      .nullable()
      .meta({
        description: 'The sources whose incidents are sent to it; null for all.',
        example: ['monitoring'],
      }),
    severities: z
      .array(z.string())
      .nullable()
      .meta({
        description: 'The severities of the incidents that are sent to it; null for all.',
        example: ['critical', 'error'],
      }),
    pending: count().meta({ description: 'Deliveries that wait for their (next) attempt.' }),
    sending: count().meta({ description: 'Deliveries that are being sent.' }),
    failed: count().meta({
      description: 'Deliveries that were given up; `POST /deliveries/failed/retry` sends them again.',
    }),
    oldest_waiting_age_seconds: count().nullable().meta({
      description:
        'Seconds since the oldest `pending` or `sending` delivery was created or retried; null if none.',
    }),
    last_error: z.string().nullable().meta({
      description: 'The last error of its failed and retried deliveries; null without any.',
    }),
    last_error_at: time().nullable().meta({ description: 'Time of `last_error`.' }),
    failing_since: time().nullable().meta({
      description: 'The first failure after the last success; null when it is not failing.',
    }),
    closed_until: time().nullable().meta({
      description: 'End of the pause that the server requested; null without one.',
    }),
    last_success_at: time().nullable().meta({
      description: 'Time of the last success among the last 10,000 deliveries; null if none.',
    }),
  })
  .meta({ id: 'Recipient', description: 'A recipient, and its delivery status.' });
export type Recipient = z.infer<typeof Recipient>;

/** Reply of `GET /recipients`: a bare array, by channel and recipient. */
export const RecipientList = z.array(Recipient);
export type RecipientList = z.infer<typeof RecipientList>;

/** Query of `POST /recipients/test`. */
export const TestRecipientsQuery = z.object(recipientFilters);
export type TestRecipientsQuery = z.infer<typeof TestRecipientsQuery>;

export const RecipientTest = z
  .object({
    channel: Channel,
    recipient: recipient(),
    ok: z.boolean().meta({ description: 'Whether the server accepted the message.' }),
    detail: z.string().meta({
      description: 'The answer of the server, or the reason of the failure.',
      example: '250 2.0.0 Ok: queued as 4cXk2Q',
    }),
    duration_ms: count().meta({ description: 'From the request to the result, in milliseconds.' }),
  })
  .meta({ id: 'RecipientTest', description: 'The result of one test message.' });
export type RecipientTest = z.infer<typeof RecipientTest>;

/** Reply of `POST /recipients/test`: a bare array, by channel and recipient. */
export const RecipientTestList = z.array(RecipientTest);
export type RecipientTestList = z.infer<typeof RecipientTestList>;
