import * as z from 'zod';
import { idParameter } from './parameter.ts';
import { time } from './time.ts';

/** Where a delivery stands. */
export const DeliveryState = z.enum(['pending', 'sending', 'sent', 'logged', 'failed', 'skipped']).meta({
  id: 'DeliveryState',
  description:
    '`pending`: waits for its (next) attempt. `sending`: is being sent. `sent`: left. `logged`: the channel is not configured, the message stands in the log. `failed`: given up, `POST /deliveries/{id}/retry` sends it again. `skipped`: nobody needs it any more.',
  example: 'sent',
});
export type DeliveryState = z.infer<typeof DeliveryState>;

/** One message about one event to one recipient over one channel. */
export const Delivery = z
  .object({
    id: z.int().meta({ example: 1 }),
    incident_id: z.int().meta({ example: 1 }),
    event_id: z.int().meta({ description: 'The line of the history that it tells of.', example: 1 }),
    channel: z.enum(['email', 'telegram']),
    transport: z.enum(['smtp', 'telegram', 'log']).meta({
      description: 'How it leaves; `log` where the channel is not configured: it was rendered and logged.',
    }),
    recipient: z.string().meta({
      description: 'An e-mail address, or a Telegram `chat` or `chat:topic`; `log` without a recipient.',
      example: 'oncall@example.org',
    }),
    state: DeliveryState,
    attempts: z.int().meta({ description: 'Begun sends of the current series.', example: 1 }),
    digest: z.boolean().meta({ description: 'Whether a digest of many incidents tells it.' }),
    provider_message_id: z.string().nullable().meta({
      description: 'A Message-ID, or Telegram’s number of the message.',
    }),
    last_error: z.string().nullable(),
    next_attempt_at: time().nullable(),
    sent_at: time().nullable(),
    created_at: time(),
    updated_at: time(),
  })
  .meta({ id: 'Delivery', description: 'One message about one event to one recipient.' });
export type Delivery = z.infer<typeof Delivery>;

/** Reply of `GET /incidents/{id}/deliveries`: a bare array, the oldest first. */
export const DeliveryList = z.array(Delivery);
export type DeliveryList = z.infer<typeof DeliveryList>;

/** Path parameters of `/deliveries/{id}/…`. */
export const DeliveryPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the delivery.', example: 1 }),
});
