import * as z from 'zod';
import { openEnum } from './open-enum.ts';
import { idParameter } from './parameter.ts';
import { textOfCharacters } from './storable-text.ts';
import { time } from './time.ts';

/** What a key may do. */
export const Scope = z.enum(['incidents:read', 'incidents:write', 'jobs:read', 'jobs:write', 'admin']).meta({
  id: 'Scope',
  description:
    '`incidents:read`: incidents, their history, deliveries and statistics. `incidents:write`: report and change incidents. `jobs:read`: the queue. `jobs:write`: retry and delete jobs, retry deliveries. `admin`: all of it, and the keys themselves.',
  example: 'incidents:write',
});
export type Scope = z.infer<typeof Scope>;

const fields = {
  id: z.int().meta({ example: 1 }),
  name: z.string().meta({ description: 'Whose key it is.', example: 'monitoring' }),
  prefix: z
    .string()
    .meta({ description: 'How the key begins; all that is known of it.', example: 'inc_Zq3xT0aB' }),
  scopes: z.array(openEnum(Scope.options)).meta({ example: ['incidents:write'] }),
  created_at: time(),
  expires_at: time().nullable().meta({ description: 'From when on it is refused; null for never.' }),
  last_used_at: time().nullable().meta({ description: 'When it was last used, to the minute.' }),
  revoked_at: time().nullable().meta({ description: 'Since when it is refused for good.' }),
};

/** A key to the API, without what makes it one. */
export const ApiKey = z.object(fields).meta({ id: 'ApiKey', description: 'A key to the API.' });
export type ApiKey = z.infer<typeof ApiKey>;

/** Reply of `GET /keys`: a bare array, in the order in which they were made. */
export const ApiKeyList = z.array(ApiKey);
export type ApiKeyList = z.infer<typeof ApiKeyList>;

/** Reply of `POST /keys`. */
export const CreatedApiKey = z
  .object({
    ...fields,
    key: z.string().meta({
      description: 'The key itself. It is shown here and never again.',
      example: 'inc_Zq3xT0aBM1nJk9dVw2yQh5sR7uXc4eFgLpK8tYbNzAo',
    }),
  })
  .meta({ id: 'CreatedApiKey', description: 'A new key to the API.' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

/** After this year no key need be valid; PostgreSQL and JavaScript agree on how to write the years before. */
const LATEST = Date.UTC(9999, 0);

/** Body of `POST /keys`. */
export const CreateApiKey = z
  .object({
    name: textOfCharacters(100).meta({
      maxLength: 100,
      description: 'Whose key it is. One client may have several, as while one takes the place of another.',
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
        if (at > Date.now() && at < LATEST) return;
        context.issues.push({ code: 'custom', params: { reason: 'not_in_future' }, input: context.value });
      })
      .optional()
      .meta({
        description: 'From when on it is refused; never unless given.',
        example: '2099-01-01T00:00:00Z',
      }),
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof CreateApiKey>;

/** Path parameters of `/keys/{id}`. */
export const ApiKeyPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the key.', example: 1 }),
});
