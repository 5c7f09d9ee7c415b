import * as z from 'zod';
import { Scope } from './api-key.ts';
import { openEnum } from './open-enum.ts';
import { time } from './time.ts';

/** Body of `POST /session`. */
export const CreateSession = z
  .object({
    key: z
      .string()
      .min(1)
      .max(1_000)
      .meta({ description: 'An API key.', example: 'inc_Zq3xT0aBM1nJk9dVw2yQh5sR7uXc4eFgLpK8tYbNzAo' }),
  })
  .meta({ id: 'CreateSession' });
export type CreateSession = z.infer<typeof CreateSession>;

/** Reply of `/session`: the caller, by cookie or key. */
export const Session = z
  .object({
    auth: openEnum(['keys', 'off'], {
      description: '`off`: the service needs neither keys nor a session.',
      example: 'keys',
    }),
    actor: z.string().meta({ description: 'As in the history of incidents.', example: 'key:7:Анна Петрова' }),
    key_id: z
      .int()
      .nullable()
      .meta({ description: 'Null for `ADMIN_API_KEY` and without a key.', example: 7 }),
    key_name: z
      .string()
      .nullable()
      .meta({ description: 'The holder of the key; null without a key.', example: 'Анна Петрова' }),
    scopes: z.array(openEnum(Scope.options)).meta({ example: ['incidents:read', 'incidents:write'] }),
    expires_at: time()
      .nullable()
      .meta({ description: 'The end of the session or of its key, the earlier; null for none.' }),
  })
  .meta({ id: 'Session', description: 'The caller.' });
export type Session = z.infer<typeof Session>;
