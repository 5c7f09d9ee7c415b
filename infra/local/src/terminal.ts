import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import pretty from 'pino-pretty';

const maxPending = 1_000_000;

/** What a person sees: short lines of the launcher, and the children's logs made readable. */
export interface Terminal {
  /** A step, a result or a problem, in the launcher's own words. */
  say(line: string): void;
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
    say: (line) => write(`${line}\n`),
    printer: (service) => {
      const format = pretty.prettyFactory({
        colorize: colour,
        translateTime: 'SYS:HH:MM:ss.l',
        ignore: 'pid,hostname,name,service',
        hideObject: true,
        messageFormat: (log) => `${service} ${String(log.msg ?? '')}${fields(log)}${stack(log.err)}`,
        customPrettifiers: {
          time: (time) => String(time),
          level: (_level, _key, _log, { labelColorized }) => labelColorized,
        },
      });
      return (line) => {
        if (line.trim() === '') return;
        write(
          line.startsWith('{')
            ? format(line)
            : `${service} ${colour ? line : stripVTControlCharacters(line)}\n`,
        );
      };
    },
  };
}

const shownElsewhere = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'err', 'v']);

/** The structured fields as `key=value`, on the message's own line. */
function fields(log: Record<string, unknown>): string {
  return Object.entries(log)
    .filter(([key, value]) => !shownElsewhere.has(key) && value !== undefined)
    .map(([key, value]) => ` ${key}=${plain(value)}`)
    .join('');
}

/** The one thing that takes lines of its own. */
function stack(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : ` err=${plain(error)}`;
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  return `\n    ${String(stack ?? message ?? JSON.stringify(error)).replaceAll('\n', '\n    ')}`;
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
