import { pino } from 'pino';

/**
 * Properties of errors of Node.js and PostgreSQL. Others may contain secrets: `command` of Redis (AUTH), `input`
 * (a URL), `config`, `options`.
 */
const LOGGED_PROPERTIES = new Set([
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

/** Returns an error as an object for the log; message and stack include the causes. Other values stay as they are. */
export function toLoggableError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return selectProperties(pino.stdSerializers.err(error));
}

/** Omits objects, because their properties may be secrets. */
const selectProperties = (error: object): object =>
  Object.fromEntries(
    Object.entries(error).flatMap(([name, value]): [string, unknown][] => {
      if (!LOGGED_PROPERTIES.has(name)) return [];
      if (name === 'aggregateErrors' && Array.isArray(value)) return [[name, value.map(selectProperties)]];
      return typeof value === 'object' ? [] : [[name, value]];
    }),
  );
