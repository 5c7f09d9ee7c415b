import * as z from 'zod';
import type { OpenEnum } from './open-enum.ts';
import { pagingUpTo } from './paging.ts';
import { idParameter } from './parameter.ts';
import { storableText, textOfBytes, textOfCharacters } from './storable-text.ts';
import { time } from './time.ts';

export const IncidentStatus = z.enum(['новый', 'в работе', 'закрыт']).meta({
  id: 'IncidentStatus',
  description: '`новый` (new), `в работе` (in progress), `закрыт` (closed). Any status may follow any other.',
  example: 'новый',
});
export type IncidentStatus = z.infer<typeof IncidentStatus>;

export const MAX_DESCRIPTION_BYTES = 65_536;

const text = textOfCharacters(1000).meta({
  maxLength: 1000,
  description: 'A summary in one line: 1 to 1000 characters (Unicode code points).',
  example: 'Бот не отвечает на команды',
});
const description = textOfBytes(MAX_DESCRIPTION_BYTES).meta({
  description: 'The details: at least 1 character, at most 64 KiB of UTF-8.',
  example: 'После обновления бот перестал реагировать на /start',
});
const source = textOfCharacters(100).meta({
  maxLength: 100,
  description: 'The reporter: `operator`, `monitoring`, `partner`, or another name of 1 to 100 characters.',
  example: 'operator',
});

/** Body of `POST /incidents/`. Unknown fields are ignored. */
export const CreateIncident = z
  .object({ text, description, status: IncidentStatus.default('новый').meta({ default: 'новый' }), source })
  .meta({ id: 'CreateIncident', description: 'A new incident.' });
export type CreateIncident = z.infer<typeof CreateIncident>;
/** Before parsing: `status` is optional. */
export type CreateIncidentInput = z.input<typeof CreateIncident>;

/** Body of `PATCH /incidents/{id}`. Unknown fields are ignored. */
export const UpdateIncident = z
  .object({ text, description, status: IncidentStatus, source })
  .partial()
  .meta({
    id: 'UpdateIncident',
    description: 'The fields to change; omitted fields stay as they are. `null` is refused.',
    example: { status: 'в работе' },
  });
export type UpdateIncident = z.infer<typeof UpdateIncident>;

/** Rows of the legacy service, or of a change by hand, may have another status. */
const ReplyStatus = z.union([IncidentStatus, z.string()]) as z.ZodType<string, string> as z.ZodType<
  OpenEnum<IncidentStatus>,
  OpenEnum<IncidentStatus>
>;

export const Incident = z
  .object({
    id: z.int().meta({ description: 'A positive number.', example: 1 }),
    text: z.string().meta({ example: 'Бот не отвечает на команды' }),
    description: z.string().meta({ example: 'После обновления бот перестал реагировать на /start' }),
    status: ReplyStatus.meta({
      description: 'One of the three; another one only after a change by hand in the database.',
      example: 'новый',
    }),
    source: z.string().meta({ example: 'operator' }),
    created_at: time().meta({ description: 'The time of creation: ISO 8601 with an offset, UTC.' }),
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
/** Before parsing. */
export type ListIncidentsQueryInput = z.input<typeof ListIncidentsQuery>;
