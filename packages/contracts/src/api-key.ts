import * as z from 'zod';
import { openEnum } from './open-enum.ts';
import { idParameter } from './parameter.ts';
import { textOfCharacters } from './storable-text.ts';
import { time } from './time.ts';

export const Scope = z.enum(['incidents:read', 'incidents:write', 'jobs:read', 'jobs:write', 'admin']).meta({
  id: 'Scope',
  description:
    '`incidents:read`: incidents, their history, deliveries and statistics. `incidents:write`: report and change incidents. `jobs:read`: the queue. `jobs:write`: retry and delete jobs, retry deliveries. `admin`: all of these, and managing keys.',
  example: 'incidents:write',
});
export type Scope = z.infer<typeof Scope>;

const fields = {
  id: z.int().meta({ example: 1 }),
  name: z.string().meta({ description: 'The holder of the key.', example: 'monitoring' }),
  prefix: z.string().meta({
    description: 'The first characters of the key; the service stores no more of it.',
    example: 'inc_Zq3xT0aB',
  }),
  scopes: z.array(openEnum(Scope.options)).meta({ example: ['incidents:write'] }),
  created_at: time(),
  expires_at: time()
    .nullable()
    .meta({ description: 'The key is refused from this time on; null: it does not expire.' }),
  last_used_at: time().nullable().meta({ description: 'The last use, to the minute; null: never.' }),
  revoked_at: time().nullable().meta({ description: 'The time of its revocation; null: it is not revoked.' }),
};

/** An API key, without the key itself. */
export const ApiKey = z.object(fields).meta({ id: 'ApiKey', description: 'An API key.' });
export type ApiKey = z.infer<typeof ApiKey>;

/** Reply of `GET /keys`: a bare array, in the order of creation. */
export const ApiKeyList = z.array(ApiKey);
export type ApiKeyList = z.infer<typeof ApiKeyList>;

/** Reply of `POST /keys`. */
export const CreatedApiKey = z
  .object({
    ...fields,
    key: z.string().meta({
      description: 'The key itself. No other reply contains it.',
      example: 'inc_Zq3xT0aBM1nJk9dVw2yQh5sR7uXc4eFgLpK8tYbNzAo',
    }),
  })
  .meta({ id: 'CreatedApiKey', description: 'A new API key.' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

/** PostgreSQL and JavaScript format later years differently. */
const MAX_EXPIRES_AT = Date.UTC(9999, 0);

/** Body of `POST /keys`. */
export const CreateApiKey = z
  .object({
    name: textOfCharacters(100).meta({
      maxLength: 100,
      description: 'The holder of the key. Several keys may have one name, as during a rotation.',
      example: 'monitoring',
    }),
    scopes: z
      .array(Scope)
      .min(1)
      .max(20)
      .meta({ example: ['incidents:write'] }),
    expires_at: z.iso
      .datetime({ offset: true })
      .check((context) => {
        const at = Date.parse(context.value);
        if (at > Date.now() && at < MAX_EXPIRES_AT) return;
        context.issues.push({ code: 'custom', params: { reason: 'not_in_future' }, input: context.value });
      })
      .optional()
      .meta({
        description: 'The key is refused from this time on; without it the key does not expire.',
        example: '2099-01-01T00:00:00Z',
      }),
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof CreateApiKey>;

/** Path parameters of `/keys/{id}`. */
export const ApiKeyPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the key.', example: 1 }),
});
