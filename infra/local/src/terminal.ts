import type { Writable } from 'node:stream';
import { escapeControls } from '@incidents/runtime/escape-controls';
import pretty from 'pino-pretty';

const maxPending = 1_000_000;

/**
 * What a person sees: short lines of the launcher, and the children's logs made readable. Control characters in any of
 * it are shown and not obeyed: paths and texts in the logs are written by clients.
 */
export interface Terminal {
  /** A step, a result or a problem, in the launcher's own words; one line or several. */
  say(text: string): void;
  /** A function that prints one line of a child's output under the child's name. */
  printer(service: string): (line: string) => void;
  /** Waits for what was written, though not for a reader that has stopped reading. */
  flush(): Promise<void>;
}

/** Prints to standard output; colours only for a terminal. */
export function createTerminal(out: Writable & { isTTY?: boolean } = process.stdout): Terminal {
  // The reader (a terminal, a pipe) may go before us: that must not keep the launcher from cleaning up.
  out.on('error', () => {});
  process.stderr.on('error', () => {});
  const colour = out.isTTY === true && !process.env.NO_COLOR;
  const write = (text: string) => {
    // A reader that has stopped reading must not fill the memory.
    if (out.writableLength < maxPending) out.write(text);
  };
  return {
    flush: async () => {
      const written = new Promise<void>((resolve) => {
        out.write('', () => resolve());
      });
      await Promise.race([written, new Promise((resolve) => setTimeout(resolve, 300))]);
    },
    say: (text) => write(`${escapeLines(text).join('\n')}\n`),
    printer: (service) => {
      const format = pretty.prettyFactory({
        colorize: colour,
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
        // These three are all that it is given: it does not escape what it prints.
        write(
          format({
            ...(level !== undefined && { level: escapeText(level) }),
            ...(time !== undefined && { time: escapeText(time) }),
            msg: `${service} ${escapeText(msg ?? '')}${fields(entry)}${stack(err)}`,
          }),
        );
      };
    },
  };
}

/** undefined for what is no line of a log. */
function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const shownElsewhere = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'err', 'v']);

/** The structured fields as `key=value`, on the message's own line. */
function fields(log: Record<string, unknown>): string {
  return Object.entries(log)
    .filter(([key]) => !shownElsewhere.has(key))
    .map(([key, value]) => ` ${escapeControls(key)}=${plain(value)}`)
    .join('');
}

/** The one thing that takes lines of its own. */
function stack(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : ` err=${plain(error)}`;
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  const text = String(stack ?? message ?? JSON.stringify(error));
  return escapeLines(text)
    .map((line) => `\n    ${line}`)
    .join('');
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return escapeControls(typeof value === 'string' && /[\s"=]/.test(text) ? JSON.stringify(text) : text);
}

/** A number stays one: a time may be. */
const escapeText = (value: unknown): string | number =>
  typeof value === 'number' ? value : escapeControls(String(value));

const escapeLines = (text: string): string[] => text.split('\n').map(escapeControls);
