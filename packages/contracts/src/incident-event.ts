import * as z from 'zod';
import { openEnum } from './open-enum.ts';
import { time } from './time.ts';

/** One line of an incident's history. */
export const IncidentEvent = z
  .object({
    id: z.int().meta({ example: 2 }),
    incident_id: z.int().meta({ example: 1 }),
    kind: openEnum(['created', 'updated']),
    changes: z.record(z.string(), z.object({ from: z.string(), to: z.string() })).meta({
      description: 'Field → what it was and what it became; empty for `created`.',
      example: { status: { from: 'новый', to: 'в работе' } },
    }),
    actor: z.string().meta({ description: 'Who did it.', example: 'anonymous' }),
    request_id: z.string().meta({ description: 'The request by which it was done.' }),
    at: time(),
  })
  .meta({ id: 'IncidentEvent', description: 'One line of an incident’s history.' });
export type IncidentEvent = z.infer<typeof IncidentEvent>;

/** Reply of `GET /incidents/{id}/events`: a bare array, the oldest first. */
export const IncidentEventList = z.array(IncidentEvent);
export type IncidentEventList = z.infer<typeof IncidentEventList>;
