const LOCK_TIMEOUT_MS = 3_000;

const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/** Settings of a session by name, with the values that `pg_settings` shows. */
export type SessionSettings = Record<string, string>;

/** Queries and parsing rely on these, independent of `ALTER ROLE`, `ALTER DATABASE` and postgresql.conf. */
export const createSessionSettings = (statementTimeoutMs: number): SessionSettings => ({
  client_encoding: 'UTF8',
  // pg parses times in this format alone.
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
  extra_float_digits: '1',
  default_transaction_isolation: 'read committed',
  statement_timeout: String(statementTimeoutMs),
  lock_timeout: String(LOCK_TIMEOUT_MS),
  idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_TIMEOUT_MS),
  // The connection that listens for jobs may be idle for days.
  idle_session_timeout: '0',
});

/** The schema of the tables, unless the URL names another. */
export const DEFAULT_SCHEMA = 'public';
