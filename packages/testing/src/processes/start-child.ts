import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** More than the shutdown of an app takes. */
const STOP_TIMEOUT_MS = 12_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  pid: number;
  onLine(listener: (line: string) => void): void;
  firstLine: Promise<string>;
  /** Resolves when the process reports that it is ready; rejects when it ends before. */
  ready: Promise<void>;
  ended: Promise<Ended>;
  send(message: object): void;
  kill(): Promise<void>;
  /** Undefined while the process runs. */
  readonly end: Ended | undefined;
  /** Sends SIGTERM, and SIGKILL after 12 s; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** @param stdout a file descriptor for standard output, whose lines are then not read here */
export function startChild(
  file: string,
  args: string[],
  env: Record<string, string>,
  stdout?: number,
): Child {
  const path = fileURLToPath(new URL(`../../../../${file}`, import.meta.url));
  // Over the channel services report that they are ready; its end stops them.
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
  // The process may end while a message is sent.
  child.on('error', () => {});
  const orEnd = <T>(wanted: Promise<T>): Promise<T> =>
    Promise.race([
      wanted,
      ended.then(({ code, signal }) => Promise.reject(new Error(`${file} ended with ${code ?? signal}`))),
    ]);
  const firstLine = orEnd(new Promise<string>((resolve) => lines.once('line', resolve)));
  const ready = orEnd(waitForReady(child));
  // Callers need not use these promises.
  firstLine.catch(() => {});
  ready.catch(() => {});
  return {
    pid: child.pid,
    onLine: (listener) => void lines.on('line', listener),
    firstLine,
    ready,
    ended,
    send: (message) => void child.send(message, () => {}),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    get end() {
      return end;
    },
    stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      return ended.then(({ code }) => code).finally(() => clearTimeout(late));
    },
  };
}

const waitForReady = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
    });
  });
