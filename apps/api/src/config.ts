import { duration } from '@incidents/runtime/duration';
import { readEnv, sharedEnv, warnOfUnknownVariables, wholeNumber } from '@incidents/runtime/read-env';
import * as z from 'zod';
import { isLoopback } from './http/open-access.ts';

/** Every variable of the API; `pnpm configuration` makes the table of docs/configuration.md from it. */
export const ApiEnv = z.object({
  ...sharedEnv,
  HOST: z.string().default('127.0.0.1').meta({ description: 'Address to listen on.' }),
  PORT: wholeNumber({ minimum: 0, maximum: 65_535, fallback: 8000 }).meta({
    description: 'Port to listen on; `0`: any free port.',
  }),
  AUTH: z.enum(['keys', 'off']).default('keys').meta({
    description:
      '`keys`: every request needs a [key](operations.md#keys). `off`: every program of this machine has access without a key; never use it behind a proxy. `start`, `dev` and Compose set `off`.',
  }),
  ALLOW_OPEN: z.enum(['true', 'false']).default('false').meta({
    description:
      '`true` permits `AUTH=off` on an address that is not loopback, as in a container. Every client that reaches the port then has full access.',
  }),
  ADMIN_API_KEY: z
    .string()
    // Not shown: it is a secret.
    .regex(
      /^[\x21-\x7e]{32,}$/,
      'at least 32 characters of ASCII, without spaces, as from: openssl rand -base64 32',
    )
    .optional()
    .meta({
      description:
        'A key with the scope `admin` that no database contains: at least 32 characters, as from `openssl rand -base64 32`.',
      whenUnset: 'none',
    }),
  CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .pipe(
      z.array(
        z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
          error: 'an origin is a scheme and a host, as in https://ops.example.com',
        }),
      ),
    )
    .default([])
    .meta({
      description:
        'Origins whose pages may use the API from a browser, separated by commas: `https://ops.example.com`.',
      whenUnset: 'none',
    }),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/./, 'it has to begin with redis:// or rediss://')
    // Not shown: it can hold a password.
    .refine(
      (url) => URL.canParse(url),
      'it cannot be read; special characters in the password are percent-encoded',
    )
    .optional()
    .meta({
      description:
        'Redis 6.2 or newer, or Valkey, for rate limits over all processes: `redis://user:password@host:6379/0`, `rediss://` with TLS. The API also works while it is away.',
      whenUnset: 'limits per process; `start` and `dev` run a Redis that the machine has',
    }),
  RATE_LIMIT_READS: wholeNumber({ minimum: 0, maximum: 1_000_000_000, fallback: 12_000 }).meta({
    description:
      'Reads of one key, or of one address without a key. Further reads get 429 with `Retry-After`; `0`: no limit.',
    unit: 'per minute',
  }),
  RATE_LIMIT_WRITES: wholeNumber({ minimum: 0, maximum: 1_000_000_000, fallback: 6_000 }).meta({
    description: 'The same for writes.',
    unit: 'per minute',
  }),
  RENOTIFY_AFTER: duration().default(3_600).meta({
    description:
      'Further reports of an open incident notify again at most once in this time: `30m`, `1h`, `1d`.',
    whenUnset: '`1h`',
  }),
  TRUSTED_PROXY_HOPS: wholeNumber({ minimum: 0, maximum: 16, fallback: 0 }).meta({
    description:
      'Proxies in front of the API that each append the address of their client to `X-Forwarded-For`; `0`: the address of the connection counts.',
  }),
  MAX_IN_FLIGHT: wholeNumber({ minimum: 1, maximum: 10_000, fallback: 250 }).meta({
    description:
      'Requests in progress at the same time. Others wait for at most 0.7 s and then get 503 with `Retry-After`.',
    unit: 'requests',
  }),
  SHUTDOWN_DELAY: wholeNumber({ minimum: 0, maximum: 600, fallback: 0 }).meta({
    description:
      'Time after SIGTERM in which the API still serves requests while `/readyz` fails. `SHUTDOWN_TIMEOUT` begins after it.',
    unit: 's',
  }),
  DATABASE_POOL_SIZE: wholeNumber({ minimum: 1, maximum: 500, fallback: 20 }).meta({
    description: 'Most connections to PostgreSQL of one process.',
    unit: 'connections',
  }),
});

const SafeEnv = ApiEnv.refine(
  ({ AUTH, HOST, ALLOW_OPEN }) => AUTH === 'keys' || isLoopback(HOST) || ALLOW_OPEN === 'true',
  {
    path: ['AUTH'],
    // Also when other variables are wrong: all mistakes are listed at once.
    when: () => true,
    error:
      'off on an address that is not loopback gives every client access; set ALLOW_OPEN=true to permit that',
  },
);

/** @throws ConfigError with every missing or invalid variable */
export function readConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(SafeEnv, env);
  return Object.freeze({
    warnings: warnOfUnknownVariables(ApiEnv, env),
    database: Object.freeze({ url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE }),
    /** Without a pooler. */
    directUrl: values.DATABASE_DIRECT_URL ?? values.DATABASE_URL,
    listen: Object.freeze({ host: values.HOST, port: values.PORT }),
    locale: values.LOCALE,
    logLevel: values.LOG_LEVEL,
    /** Undefined: AUTH=off. */
    keys: values.AUTH === 'off' ? undefined : Object.freeze({ admin: values.ADMIN_API_KEY }),
    corsOrigins: values.CORS_ORIGINS,
    maxInFlight: values.MAX_IN_FLIGHT,
    redisUrl: values.REDIS_URL,
    rateLimits: Object.freeze({ reads: values.RATE_LIMIT_READS, writes: values.RATE_LIMIT_WRITES }),
    notificationPolicy: Object.freeze({
      escalateAfterSeconds: Object.freeze(values.ESCALATE_AFTER),
      renotifyAfterSeconds: values.RENOTIFY_AFTER,
    }),
    trustedProxyHops: values.TRUSTED_PROXY_HOPS,
    shutdownDelayMs: values.SHUTDOWN_DELAY * 1000,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT * 1000,
  });
}
