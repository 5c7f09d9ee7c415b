import * as z from 'zod';
import { IncidentSummary } from './incident.ts';
import { openEnum } from './open-enum.ts';
import { Paging } from './paging.ts';
import { wholeNumberParameter } from './parameter.ts';
import { textOfCharacters } from './storable-text.ts';
import { time } from './time.ts';

/** The creation or one change of an incident. */
export const IncidentEvent = z
  .object({
    id: z.int().meta({ example: 2 }),
    incident_id: z.int().meta({ example: 1 }),
    kind: openEnum(['created', 'updated', 'commented', 'occurred_again', 'notified', 'escalated', 'deleted']),
    changes: z.record(z.string(), z.object({ from: z.string(), to: z.string() })).meta({
      description:
        'Field → old and new value as texts, an empty one for none; `labels` and `links` as JSON. Empty for `created`.',
      example: { status: { from: 'новый', to: 'в работе' } },
    }),
    comment: z.string().nullable().meta({
      description: 'The text of a `commented` event, the channel of a `notified` one.',
      example: null,
    }),
    actor: z.string().meta({ description: 'The author of the change.', example: 'anonymous' }),
    request_id: z.string().meta({ description: 'The id of the request.' }),
    at: time(),
  })
  .meta({ id: 'IncidentEvent', description: 'The creation or one change of an incident.' });
export type IncidentEvent = z.infer<typeof IncidentEvent>;

/** Body of `POST /incidents/{id}/comments`. Unknown fields are ignored. */
export const CreateComment = z
  .object({
    text: textOfCharacters(4_000).meta({
      description: 'The comment: 1 to 4,000 characters.',
      example: 'Перезапустил бота, наблюдаю',
    }),
  })
  .meta({ id: 'CreateComment', description: 'A comment on an incident.' });
export type CreateComment = z.infer<typeof CreateComment>;

/** Query of `GET /incidents/{id}/events`. */
export const ListEventsQuery = Paging.extend({
  order: z
    .enum(['oldest', 'newest'])
    .optional()
    .meta({ description: 'Which events come first: without it the oldest.', example: 'newest' }),
  after: wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 }).meta({
    type: 'integer',
    description: 'Id of an event: returns those that follow it in this order; 0 starts with the first.',
    example: 0,
  }),
});
export type ListEventsQuery = z.infer<typeof ListEventsQuery>;

/** Reply of `GET /incidents/{id}/events`: a bare array. */
export const IncidentEventList = z.array(IncidentEvent);
export type IncidentEventList = z.infer<typeof IncidentEventList>;

/** The `data` of a message of `GET /incidents/stream`. */
export const StreamedEvent = z
  .object({
    event: IncidentEvent.meta({
      description: '`changes` has no `description` and `links`.',
    }),
    incident: IncidentSummary.nullable().meta({
      description: 'The incident as it is now, without `description` and `links`; null when it was deleted.',
    }),
  })
  .meta({ id: 'StreamedEvent', description: 'An event and the incident as it is now.' });
export type StreamedEvent = z.infer<typeof StreamedEvent>;
