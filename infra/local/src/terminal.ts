import type { Writable } from 'node:stream';
import { escapeControls } from '@incidents/runtime/escape-controls';
import pretty from 'pino-pretty';

/** Output beyond this is dropped: a reader that has stopped must not fill the memory. */
const MAX_PENDING_BYTES = 1_000_000;
const FLUSH_TIMEOUT_MS = 300;

/** Prints the launcher's messages and readable logs. Escapes control characters: clients write texts in logs. */
export interface Terminal {
  /** Prints a message of the launcher, of one line or several. */
  say(text: string): void;
  /** Returns a function that prints a line of a program's output under its name. */
  printer(service: string): (line: string) => void;
  /** Waits until the output is written, at most 0.3 s. */
  flush(): Promise<void>;
}

/** Prints to standard output; colours only for a terminal. */
export function createTerminal(out: Writable & { isTTY?: boolean } = process.stdout): Terminal {
  // The launcher still cleans up when its terminal or pipe is closed.
  out.on('error', () => {});
  process.stderr.on('error', () => {});
  const colorize = out.isTTY === true && !process.env.NO_COLOR;
  const write = (text: string) => {
    if (out.writableLength < MAX_PENDING_BYTES) out.write(text);
  };
  return {
    flush: async () => {
      const written = new Promise<void>((resolve) => {
        out.write('', () => resolve());
      });
      await Promise.race([written, new Promise((resolve) => setTimeout(resolve, FLUSH_TIMEOUT_MS))]);
    },
    say: (text) => write(`${escapeLines(text).join('\n')}\n`),
    printer: (service) => {
      const format = pretty.prettyFactory({
        colorize,
        translateTime: 'SYS:HH:MM:ss.l',
        messageFormat: ({ msg }) => String(msg),
        customPrettifiers: {
          time: (time) => String(time),
          level: (_level, _key, _log, { labelColorized }) => labelColorized,
        },
      });
      return (line) => {
        if (line.trim() === '') return;
        const entry = parseEntry(line);
        if (entry === undefined) return write(`${service} ${escapeControls(line)}\n`);
        const { level, time, msg, err } = entry;
        // pino-pretty escapes nothing, so it gets escaped texts alone.
        write(
          format({
            ...(level !== undefined && { level: escapeText(level) }),
            ...(time !== undefined && { time: escapeText(time) }),
            msg: `${service} ${escapeText(msg ?? '')}${formatFields(entry)}${formatError(err)}`,
          }),
        );
      };
    },
  };
}

/** A line of a log; undefined for other output. */
function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const SHOWN_ELSEWHERE = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'err', 'v']);

/** The structured fields as `key=value`. */
function formatFields(log: Record<string, unknown>): string {
  return Object.entries(log)
    .filter(([key]) => !SHOWN_ELSEWHERE.has(key))
    .map(([key, value]) => ` ${escapeControls(key)}=${formatValue(value)}`)
    .join('');
}

/** The stack of an error, on lines of its own. */
function formatError(error: unknown): string {
  if (typeof error !== 'object' || error === null)
    return error === undefined ? '' : ` err=${formatValue(error)}`;
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  const text = String(stack ?? message ?? JSON.stringify(error));
  return escapeLines(text)
    .map((line) => `\n    ${line}`)
    .join('');
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return escapeControls(typeof value === 'string' && /[\s"=]/.test(text) ? JSON.stringify(text) : text);
}

/** A time may be a number. */
const escapeText = (value: unknown): string | number =>
  typeof value === 'number' ? value : escapeControls(String(value));

const escapeLines = (text: string): string[] => text.split('\n').map(escapeControls);
