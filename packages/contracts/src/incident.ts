import * as z from 'zod';
import { type OpenEnum, openEnum } from './open-enum.ts';
import { pagingUpTo } from './paging.ts';
import { idParameter } from './parameter.ts';
import { storableText, storableTextUpTo, textOfBytes, textOfCharacters } from './storable-text.ts';
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

const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;

/** The severities that a request may have, the highest first. */
export const Severity = z.enum(SEVERITIES).meta({
  id: 'Severity',
  description: 'The urgency: `critical`, `error`, `warning` or `info`, the highest first.',
  example: 'error',
});
export type Severity = z.infer<typeof Severity>;

/** Stored without the `@`. */
const bot = z
  .string()
  .regex(/^@?[A-Za-z][A-Za-z0-9_]{4,31}$/)
  .transform((value) => value.replace('@', ''))
  .meta({
    type: 'string',
    pattern: '^@?[A-Za-z][A-Za-z0-9_]{4,31}$',
    description: 'The Telegram username of the bot concerned, with or without `@`.',
    example: 'shop_bot',
  });
const assignee = textOfCharacters(100).meta({
  description: 'The person in charge: 1 to 100 characters.',
  example: 'Анна',
});

const MAX_LABELS = 20;
const MAX_LINKS = 20;

type Labels = Record<string, string>;

/** Zod's record drops the name `__proto__`, so this check comes first. */
const refuseProto = (value: Labels, context: z.core.$RefinementCtx) => {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '__proto__')) return value;
  context.issues.push({
    code: 'invalid_key',
    origin: 'record',
    issues: [],
    path: ['__proto__'],
    input: '__proto__',
  });
  return value;
};

const labels: z.ZodType<Labels, Labels> = z
  .preprocess(
    refuseProto,
    z.record(textOfCharacters(63), storableTextUpTo(255)).check((context) => {
      if (Object.keys(context.value).length <= MAX_LABELS) return;
      context.issues.push({
        code: 'too_big',
        origin: 'map',
        maximum: MAX_LABELS,
        inclusive: true,
        input: context.value,
      });
    }),
  )
  .meta({
    maxProperties: MAX_LABELS,
    description:
      'At most 20 pairs: a name of 1 to 63 characters, except `__proto__`, and a value of at most 255.',
    example: { region: 'eu' },
  });
const links = z
  .array(
    storableText()
      .max(2_048)
      .regex(/^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s<>"]+$/),
  )
  .max(MAX_LINKS)
  .meta({
    description: 'At most 20 addresses that begin with `http://` or `https://`, of at most 2,048 characters.',
    example: ['https://grafana.example/d/bots'],
  });
const dedupKey = textOfCharacters(255).meta({
  description:
    'Reports with the same `source` and `dedup_key` add to the incident that is open, instead of making another one. 1 to 255 characters.',
  example: 'shop_bot:getUpdates',
});

/** Body of `POST /incidents/`. Unknown fields are ignored. */
export const CreateIncident = z
  .object({
    text,
    description,
    status: IncidentStatus.default('новый').meta({ default: 'новый' }),
    source,
    severity: Severity.nullish().meta({
      description: 'The urgency; `error` unless given.',
      example: 'error',
    }),
    bot: bot.nullish().meta({ type: ['string', 'null'] }),
    assignee: assignee.nullish(),
    labels: labels.nullish(),
    links: links.nullish(),
    dedup_key: dedupKey.nullish(),
  })
  .meta({ id: 'CreateIncident', description: 'A new incident.' });
export type CreateIncident = z.infer<typeof CreateIncident>;
/** Before parsing: `status` is optional. */
export type CreateIncidentInput = z.input<typeof CreateIncident>;

/** Body of `PATCH /incidents/{id}`. Unknown fields are ignored. */
export const UpdateIncident = z
  .object({
    text,
    description,
    status: IncidentStatus,
    source,
    severity: Severity,
    bot: bot.nullable().meta({ type: ['string', 'null'] }),
    assignee: assignee.nullable(),
    labels,
    links,
  })
  .partial()
  .meta({
    id: 'UpdateIncident',
    description:
      'The fields to change; omitted fields stay as they are. `null` clears `bot` and `assignee` and is refused elsewhere.',
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
    severity: openEnum(SEVERITIES, { example: 'error' }),
    bot: z
      .string()
      .nullable()
      .meta({ description: 'The Telegram username of the bot, without `@`.', example: 'shop_bot' }),
    assignee: z.string().nullable().meta({ description: 'The person in charge.', example: 'Анна' }),
    labels: z.record(z.string(), z.string()).meta({ example: { region: 'eu' } }),
    links: z.array(z.string()).meta({ example: ['https://grafana.example/d/bots'] }),
    dedup_key: z.string().nullable().meta({
      description: 'Further reports with this key and source add to this incident while it is open.',
      example: 'shop_bot:getUpdates',
    }),
    occurrences: z.int().meta({ description: 'The number of reports.', example: 1 }),
    last_seen_at: time().meta({ description: 'The time of the last report.' }),
    updated_at: time().meta({ description: 'The time of the last change.' }),
    acknowledged_at: time().nullable().meta({
      description: 'The first time that it was `в работе` since it was reported or reopened.',
    }),
    closed_at: time().nullable().meta({ description: 'The time of closing; null while it is open.' }),
    escalates_at: time().nullable().meta({
      description: 'The time of the next escalation; null when none is due.',
    }),
    version: z.int().meta({ description: 'Rises with each change; also the `ETag`.', example: 1 }),
  })
  .meta({ id: 'Incident', description: 'A reported incident.' });
export type Incident = z.infer<typeof Incident>;

/** An incident without its large fields, as event streams have it. */
export const IncidentSummary = Incident.omit({ description: true, links: true }).meta({
  id: 'IncidentSummary',
  description: 'An incident without `description` and `links`.',
});
export type IncidentSummary = z.infer<typeof IncidentSummary>;

/** Reply of `GET /incidents/`: a bare array, newest first. */
export const IncidentList = z.array(Incident);
export type IncidentList = z.infer<typeof IncidentList>;

/** Path parameters of `/incidents/{id}`. */
export const IncidentPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the incident.', example: 1 }),
});

/** An empty value is no filter. */
const filter = (description: string, example: string) =>
  storableText()
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .meta({ type: 'string', description, example });

/** Query of `GET /incidents/`. An empty filter is none; an unknown value matches nothing. */
export const ListIncidentsQuery = z.object({
  status: filter(
    'Only incidents with exactly this status: `новый`, `в работе` or `закрыт`. Another value matches nothing; an empty one is no filter.',
    'новый',
  ),
  severity: filter('Only incidents with exactly this severity. An empty value is no filter.', 'critical'),
  bot: filter(
    'Only incidents of this bot, with or without `@`. An empty value is no filter.',
    'shop_bot',
  ).transform((value) => value?.replace(/^@/, '')),
  assignee: filter('Only incidents of exactly this assignee. An empty value is no filter.', 'Анна'),
  ...pagingUpTo(10_000).shape,
});
export type ListIncidentsQuery = z.infer<typeof ListIncidentsQuery>;
/** Before parsing. */
export type ListIncidentsQueryInput = z.input<typeof ListIncidentsQuery>;

/** Query of `GET /incidents/stream`: the filters of the list. */
export const StreamIncidentsQuery = ListIncidentsQuery.pick({
  status: true,
  severity: true,
  bot: true,
  assignee: true,
});
export type StreamIncidentsQuery = z.infer<typeof StreamIncidentsQuery>;
