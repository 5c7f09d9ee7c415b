import * as z from 'zod';
import { pagingUpTo } from './paging.ts';
import { idParameter } from './parameter.ts';
import { storableText, textOfBytes, textOfCharacters } from './storable-text.ts';
import { time } from './time.ts';

/** The three states of an incident: new, in progress, closed. Any may follow any other. */
export const IncidentStatus = z.enum(['новый', 'в работе', 'закрыт']).meta({
  id: 'IncidentStatus',
  description: '`новый` (new), `в работе` (in progress), `закрыт` (closed). Any status may follow any other.',
  example: 'новый',
});
export type IncidentStatus = z.infer<typeof IncidentStatus>;

/** Most bytes of UTF-8 in a description. */
export const MAX_DESCRIPTION_BYTES = 65_536;

const text = textOfCharacters(1000).meta({
  maxLength: 1000,
  description: 'What happened, in a line: 1 to 1000 characters (Unicode code points).',
  example: 'Бот не отвечает на команды',
});
const description = textOfBytes(MAX_DESCRIPTION_BYTES).meta({
  description: 'Everything worth knowing: at least 1 character, at most 64 KiB of UTF-8.',
  example: 'После обновления бот перестал реагировать на /start',
});
const source = textOfCharacters(100).meta({
  maxLength: 100,
  description:
    'Who reported it: `operator`, `monitoring`, `partner`, or any other name of 1 to 100 characters.',
  example: 'operator',
});

/** Body of `POST /incidents/`. Unknown fields are ignored. */
export const CreateIncident = z
  .object({ text, description, status: IncidentStatus.default('новый').meta({ default: 'новый' }), source })
  .meta({ id: 'CreateIncident', description: 'A new incident.' });
export type CreateIncident = z.infer<typeof CreateIncident>;
/** What a client sends: `status` may be left out. */
export type CreateIncidentInput = z.input<typeof CreateIncident>;

/** Body of `PATCH /incidents/{id}`: any subset of the fields, none of them null. Unknown fields are ignored. */
export const UpdateIncident = z
  .object({ text, description, status: IncidentStatus, source })
  .partial()
  .meta({
    id: 'UpdateIncident',
    description: 'The fields to change; those left out stay as they are. `null` is refused.',
    example: { status: 'в работе' },
  });
export type UpdateIncident = z.infer<typeof UpdateIncident>;

/** Typed as one of the three, so that clients can tell them apart. A reply with another one is accepted all the same. */
const ReplyStatus = z.union([IncidentStatus, z.string()]) as unknown as typeof IncidentStatus;

/** An incident as every reply has it. */
export const Incident = z
  .object({
    id: z.int().meta({ description: 'Given by the service; positive.', example: 1 }),
    text: z.string().meta({ example: 'Бот не отвечает на команды' }),
    description: z.string().meta({ example: 'После обновления бот перестал реагировать на /start' }),
    status: ReplyStatus.meta({
      description: 'One of the three; another only where the database was changed by hand.',
      example: 'новый',
    }),
    source: z.string().meta({ example: 'operator' }),
    created_at: time().meta({ description: 'When it was stored: ISO 8601 with an offset, UTC.' }),
  })
  .meta({ id: 'Incident', description: 'A reported incident.' });
export type Incident = z.infer<typeof Incident>;

/** Reply of `GET /incidents/`: a bare array, newest first. */
export const IncidentList = z.array(Incident);
export type IncidentList = z.infer<typeof IncidentList>;

/** Path parameters of `/incidents/{id}`. */
export const IncidentPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the incident.', example: 1 }),
});

/** Query of `GET /incidents/`. An empty `status` is no filter; an unknown one matches nothing. */
export const ListIncidentsQuery = z.object({
  status: storableText()
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .meta({
      type: 'string',
      description:
        'Only incidents with exactly this status: `новый`, `в работе` or `закрыт`. Another value matches nothing; an empty one is no filter.',
      example: 'новый',
    }),
  ...pagingUpTo(10_000).shape,
});
export type ListIncidentsQuery = z.infer<typeof ListIncidentsQuery>;
/** What a client puts into the query string. */
export type ListIncidentsQueryInput = z.input<typeof ListIncidentsQuery>;
