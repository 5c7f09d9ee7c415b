import { findUrlMistake } from '@incidents/db/database-url';
import * as z from 'zod';
import { durationsBySeverity } from './duration.ts';
import { findUnknownVariables } from './find-unknown-variables.ts';

/** `EX_CONFIG` of sysexits.h: a restart with the same environment fails again. */
export const EXIT_BAD_CONFIG = 78;

export class ConfigError extends Error {
  override name = 'ConfigError';
  /** One line for each variable that is missing or wrong, without values. */
  readonly mistakes: string[];
  constructor(mistakes: string[]) {
    super(
      `These environment variables are missing or wrong:\n${mistakes.map((line) => `  ${line}`).join('\n')}`,
    );
    this.mistakes = mistakes;
  }
}

/**
 * Reads the environment through `schema`. An empty variable counts as unset.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function readEnv<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
}

/** One line for each variable that looks like a misspelled one of `schema`. */
export const warnOfUnknownVariables = (schema: z.ZodObject, env: NodeJS.ProcessEnv): string[] =>
  findUnknownVariables(env, Object.keys(schema.shape)).map(
    ({ name, nearest }) => `${name} is no variable of this service; did you mean ${nearest}?`,
  );

/** Reads the environment of this process. A ConfigError is printed on standard error and ends the process. */
export function readOrExit<Config>(read: (env: NodeJS.ProcessEnv) => Config): Config {
  try {
    return read(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(EXIT_BAD_CONFIG);
  }
}

const whole = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, 'a whole number is expected')
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));

export const wholeNumber = (range: { minimum: number; maximum: number; fallback: number }) =>
  whole(range.minimum, range.maximum).default(range.fallback);

// A value is not shown: it holds a password.
const databaseUrl = (purpose: string) =>
  z.string(purpose).superRefine((url, { addIssue }) => {
    const mistake = findUrlMistake(url);
    if (mistake !== undefined) addIssue(mistake);
  });

export const databaseEnv = {
  DATABASE_URL: databaseUrl(
    'it says which PostgreSQL to use: postgresql://user:password@host:port/database',
  ).meta({
    description: 'PostgreSQL 15 to 18: `postgresql://user:password@host:port/database`.',
    whenUnset: 'required; `start` and `dev` run an embedded server',
  }),
  DATABASE_DIRECT_URL: databaseUrl('').optional().meta({
    description:
      'PostgreSQL itself, where `DATABASE_URL` leads to a [PgBouncer](operations.md#pgbouncer-and-failover). Migrations, workers and the command for keys use it.',
    whenUnset: '`DATABASE_URL`',
  }),
};

export const sharedEnv = {
  ...databaseEnv,
  LOCALE: z.enum(['ru', 'en']).default('ru').meta({ description: 'Language of messages and errors.' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ description: 'The lowest level that the log shows.' }),
  ESCALATE_AFTER: durationsBySeverity().default({}).meta({
    description:
      'Time after which an incident escalates that still has the status `новый`, and again after each such time: `critical=5m,error=30m`. API and worker need the same value.',
    whenUnset: 'no escalation',
  }),
  SHUTDOWN_TIMEOUT: wholeNumber({ minimum: 1, maximum: 600, fallback: 10 }).meta({
    description: 'Time from SIGTERM to the end of the process. A worker then releases its unfinished jobs.',
    unit: 's',
  }),
};
