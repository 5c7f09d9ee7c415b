import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Milliseconds: more than an app may take for its shutdown. */
const STOPS_WITHIN = 12_000;

/** A process of the storm. */
export interface Child {
  /** Its lines on standard output, as they come. */
  onLine(listener: (line: string) => void): void;
  /** The first of them. */
  firstLine: Promise<string>;
  /** Resolves when it says that it is ready; rejects when it ends before. */
  ready: Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Runs a file of this repository with the Node.js that runs this one; it sees the variables in `env` and no others. */
export function startChild(file: string, args: string[], env: Record<string, string>): Child {
  const path = fileURLToPath(new URL(`../../../../${file}`, import.meta.url));
  // With a channel: services say over it that they are ready, and end when this process does.
  const child = spawn(process.execPath, [path, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout === null) throw new Error('standard output is not piped');
  const lines = createInterface({ input: child.stdout });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const orEnd = <T>(wanted: Promise<T>): Promise<T> =>
    Promise.race([wanted, ended.then((code) => Promise.reject(new Error(`${file} ended with ${code}`)))]);
  const firstLine = orEnd(new Promise<string>((resolve) => lines.once('line', resolve)));
  const ready = orEnd(readiness(child));
  // Whoever does not ask is not bothered.
  firstLine.catch(() => {});
  ready.catch(() => {});
  return {
    onLine: (listener) => void lines.on('line', listener),
    firstLine,
    ready,
    stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN);
      return ended.finally(() => clearTimeout(late));
    },
  };
}

const readiness = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
    });
  });
