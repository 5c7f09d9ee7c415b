import type { Writable } from 'node:stream';
import { escapeControls } from '@incidents/runtime/escape-controls';
import pretty from 'pino-pretty';

/** More is dropped: a stopped reader must not fill the memory. */
const MAX_PENDING_BYTES = 1_000_000;
const FLUSH_TIMEOUT_MS = 300;

/** Prints messages and logs for people. Escapes control characters, as clients write texts in logs. */
export interface Terminal {
  say(text: string): void;
  printer(service: string): (line: string) => void;
  flush(): Promise<void>;
}

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

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const SHOWN_ELSEWHERE = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'err', 'v']);

function formatFields(log: Record<string, unknown>): string {
  return Object.entries(log)
    .filter(([key]) => !SHOWN_ELSEWHERE.has(key))
    .map(([key, value]) => ` ${escapeControls(key)}=${formatValue(value)}`)
    .join('');
}

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
