import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Milliseconds: more than an app may take for its shutdown. */
const STOPS_WITHIN = 12_000;

/** How a process has ended. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process of a trial. */
export interface Child {
  pid: number;
  /** Its lines on standard output, as they come. */
  onLine(listener: (line: string) => void): void;
  /** The first of them. */
  firstLine: Promise<string>;
  /** Resolves when it says that it is ready; rejects when it ends before. */
  ready: Promise<void>;
  /** Resolves with how it has ended. */
  ended: Promise<Ended>;
  /** Passes a message on to it. */
  tell(message: object): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** How it has ended; undefined while it runs. */
  readonly end: Ended | undefined;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Runs a file of this repository with the Node.js that runs this one; it sees the variables in `env` and no others.
 * @param stdout a file descriptor for its standard output, whose lines are then not seen here
 */
export function startChild(
  file: string,
  args: string[],
  env: Record<string, string>,
  stdout?: number,
): Child {
  const path = fileURLToPath(new URL(`../../../../${file}`, import.meta.url));
  // With a channel: services say over it that they are ready, and end when this process does.
  const child = spawn(process.execPath, [path, ...args], {
    env,
    stdio: ['ignore', stdout ?? 'pipe', 'inherit', 'ipc'],
  });
  if (child.pid === undefined) throw new Error(`${file} could not be started`);
  const lines = createInterface({ input: child.stdout ?? Readable.from([]) });
  let end: Ended | undefined;
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => {
      end = { code, signal };
      resolve(end);
    });
  });
  // A message may cross its end.
  child.on('error', () => {});
  const orEnd = <T>(wanted: Promise<T>): Promise<T> =>
    Promise.race([
      wanted,
      ended.then(({ code, signal }) => Promise.reject(new Error(`${file} ended with ${code ?? signal}`))),
    ]);
  const firstLine = orEnd(new Promise<string>((resolve) => lines.once('line', resolve)));
  const ready = orEnd(readiness(child));
  // Whoever does not ask is not bothered.
  firstLine.catch(() => {});
  ready.catch(() => {});
  return {
    pid: child.pid,
    onLine: (listener) => void lines.on('line', listener),
    firstLine,
    ready,
    ended,
    tell: (message) => void child.send(message, () => {}),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    get end() {
      return end;
    },
    stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN);
      return ended.then(({ code }) => code).finally(() => clearTimeout(late));
    },
  };
}

const readiness = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
    });
  });
