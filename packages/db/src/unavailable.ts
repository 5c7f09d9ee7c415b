import pg from 'pg';

/** SQLSTATEs of a temporary state: classes of two characters, or whole codes. */
const UNAVAILABLE_STATES = new Set([
  '08', // the connection failed
  '40', // a deadlock or a conflict of transactions: rolled back
  '53', // out of connections, memory or disk
  '57P01', // ended by an administrator
  '57P02', // ended by a crash
  '57P03', // starting up or shutting down
  '57P05', // idle_session_timeout
  '57014', // took longer than statement_timeout
  '55P03', // waited longer than lock_timeout
  '25006', // read-only: a standby, or a failover under way
  '25P03', // idle_in_transaction_session_timeout
  '58030', // input/output error
  '42P01', // a table that a migration still has to make
  '3F000', // the same for the queue's schema
  '0A000', // a prepared statement from before a migration; its connection is given up
]);

const NETWORK_ERRORS = new Set([
  'EADDRNOTAVAIL', // every local port is taken
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE', // no file descriptor is left, in the process or on the machine
  'ENFILE',
  'ENOBUFS',
]);

/** pg reports its own time limits and broken sockets by these words alone. */
const PG_MESSAGES =
  /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client .* is not queryable)/;

/** The database did not answer in time. The statement may still have been committed. */
export class DatabaseTimeoutError extends Error {
  override name = 'DatabaseTimeoutError';

  constructor() {
    super('the database did not answer in time');
  }
}

/** Classes of SQLSTATEs: a value or a constraint was violated, or a limit of PostgreSQL exceeded. */
const REFUSED_VALUES = new Set(['22', '23', '54']);

/** Whether PostgreSQL refused a value of the statement. It then stored nothing. */
export const isRefusedValue = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && REFUSED_VALUES.has(error.code?.slice(0, 2) ?? '');

export const violatesConstraint = (error: unknown, constraint: string): boolean =>
  error instanceof pg.DatabaseError && error.constraint === constraint;

/** Whether the statement waited too long, for example for another transaction. It stored nothing. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof DatabaseTimeoutError ||
  (error instanceof pg.DatabaseError && (error.code === '57014' || error.code === '55P03'));

/** Whether the database could not do its work now, though the same call may succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    UNAVAILABLE_STATES.has(code) ||
    UNAVAILABLE_STATES.has(code.slice(0, 2)) ||
    NETWORK_ERRORS.has(code) ||
    PG_MESSAGES.test(error.message) ||
    error instanceof DatabaseTimeoutError ||
    (error instanceof AggregateError && error.errors.some(isUnavailable))
  );
}
