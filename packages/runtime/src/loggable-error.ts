import { pino } from 'pino';

/**
 * What is told of an error beside its type, message and stack: what Node.js says of a failed call, and PostgreSQL of a
 * failed statement. A list of what is told, because what is not is endless: the text that could not be read as a URL
 * (`input`), the command that Redis refused (`command`, with the password of an AUTH), the settings of a client
 * (`config`, `options`), the request that failed.
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
