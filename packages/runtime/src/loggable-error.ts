import { pino } from 'pino';

/**
 * What Node.js says of a failed call, and PostgreSQL of a failed statement. An allow-list: other properties
 * may hold secrets, as `command` of Redis (AUTH), `input` (a URL), `config` and `options`.
 */
const TOLD = new Set([
  'type',
  'message',
  'stack',
  'aggregateErrors',
  'code',
  'errno',
  'syscall',
  'address',
  'hostname',
  'port',
  'status',
  'severity',
  'detail',
  'hint',
  'position',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'routine',
]);

/** An error as it stands in the log, its causes in its message and stack; what is no error is told as it is. */
export function loggableError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return told(pino.stdSerializers.err(error));
}

/** Properties that are objects are left out: they may lead to anything. */
const told = (error: object): object =>
  Object.fromEntries(
    Object.entries(error).flatMap(([name, value]): [string, unknown][] => {
      if (!TOLD.has(name)) return [];
      if (name === 'aggregateErrors' && Array.isArray(value)) return [[name, value.map(told)]];
      return typeof value === 'object' ? [] : [[name, value]];
    }),
  );
