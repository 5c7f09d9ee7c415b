import { readEnv, sharedEnv, wholeNumber } from '@incidents/runtime/read-env';
import * as z from 'zod';
import { isLoopback } from './http/open-access.ts';

const Env = z.object({
  ...sharedEnv,
  /** Address to listen on. */
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber({ minimum: 0, maximum: 65_535, fallback: 8000 }),
  /** `off`: everybody on this machine is let in, and nobody else. */
  AUTH: z.enum(['keys', 'off']).default('keys'),
  /** Listens on other addresses in spite of AUTH=off, as in a container whose port is published on loopback. */
  ALLOW_OPEN: z.enum(['true', 'false']).default('false'),
  /** A key with the scope `admin` that stands in no database: the first one, to make others with. */
  ADMIN_API_KEY: z
    .string()
    // Not shown: it is a secret.
    .regex(
      /^[\x21-\x7e]{32,}$/,
      'at least 32 characters of ASCII, without spaces, as from: openssl rand -base64 32',
    )
    .optional(),
  /** Origins whose pages may use the API from a browser, separated by commas; none unless given. */
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
    .default([]),
  /** `redis://user:password@host:port/database`, or `rediss://` with TLS; without it each process limits for itself. */
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/./, 'it has to begin with redis:// or rediss://')
    // Not shown: it can hold a password.
    .refine(
      (url) => URL.canParse(url),
      'it cannot be read; special characters in the password are percent-encoded',
    )
    .optional(),
  /** Requests per minute of one caller; 0: as many as it likes. */
  RATE_LIMIT_READS: wholeNumber({ minimum: 0, maximum: 1_000_000_000, fallback: 12_000 }),
  RATE_LIMIT_WRITES: wholeNumber({ minimum: 0, maximum: 1_000_000_000, fallback: 6_000 }),
  /** Proxies in front, each of which adds to X-Forwarded-For whom it saw. */
  TRUSTED_PROXY_HOPS: wholeNumber({ minimum: 0, maximum: 16, fallback: 0 }),
  /** Requests that are worked on at the same time; others wait a moment for their turn. */
  MAX_IN_FLIGHT: wholeNumber({ minimum: 1, maximum: 10_000, fallback: 250 }),
  /** Seconds from SIGTERM during which requests are still served, though /readyz fails. */
  SHUTDOWN_DELAY: wholeNumber({ minimum: 0, maximum: 600, fallback: 0 }),
  /** Most connections to PostgreSQL. */
  DATABASE_POOL_SIZE: wholeNumber({ minimum: 1, maximum: 500, fallback: 20 }),
});

/** The same, and what holds between the variables. */
const SafeEnv = Env.refine(
  ({ AUTH, HOST, ALLOW_OPEN }) => AUTH === 'keys' || isLoopback(HOST) || ALLOW_OPEN === 'true',
  {
    path: ['AUTH'],
    error: 'off on an address that is not loopback lets everybody in; ALLOW_OPEN=true if that is meant',
  },
);

/**
 * The environment, read once.
 * @throws BadConfig naming every variable that is missing or wrong
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(SafeEnv, env);
  return Object.freeze({
    database: Object.freeze({ url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE }),
    /** Of PostgreSQL itself, past any pooler. */
    directUrl: values.DATABASE_DIRECT_URL ?? values.DATABASE_URL,
    listen: Object.freeze({ host: values.HOST, port: values.PORT }),
    locale: values.LOCALE,
    logLevel: values.LOG_LEVEL,
    /** Undefined: everybody on this machine is let in. */
    keys: values.AUTH === 'off' ? undefined : Object.freeze({ admin: values.ADMIN_API_KEY }),
    corsOrigins: values.CORS_ORIGINS,
    mostInFlight: values.MAX_IN_FLIGHT,
    redisUrl: values.REDIS_URL,
    rateLimits: Object.freeze({ reads: values.RATE_LIMIT_READS, writes: values.RATE_LIMIT_WRITES }),
    trustedProxyHops: values.TRUSTED_PROXY_HOPS,
    /** Milliseconds. */
    shutdownDelay: values.SHUTDOWN_DELAY * 1000,
    shutdownTimeout: values.SHUTDOWN_TIMEOUT * 1000,
  });
}
