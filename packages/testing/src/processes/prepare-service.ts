import type { Cleanup } from './cleanup.ts';
import { findFreePort } from './find-free-port.ts';
import { type Child, startChild } from './start-child.ts';

export interface Service {
  name: string;
  /** The address of its probes, and of an API's routes. */
  url: string;
  readonly child: Child;
  /** The log of all its processes. */
  log: LogLine[];
  /** Unexpected ends. */
  deaths: string[];
  start(): Promise<void>;
  /** Sends SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export type LogLine = Record<string, unknown> & { level: string; msg: string; time: string };

/** @param stdout a file descriptor for its log, which is then not read here */
export async function prepareService(
  cleanup: Cleanup,
  app: 'api' | 'worker',
  name: string,
  env: Record<string, string>,
  stdout?: number,
): Promise<Service> {
  const port = String(await findFreePort());
  const log: LogLine[] = [];
  const deaths: string[] = [];
  const expectedEnds = new Set<Child>();
  let child: Child | undefined;
  const current = () => {
    if (child === undefined) throw new Error(`${name} was not started`);
    return child;
  };
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    log,
    get child() {
      return current();
    },
    deaths,
    start() {
      const variables = { ...env, [app === 'api' ? 'PORT' : 'WORKER_PORT']: port };
      const started = startChild(`apps/${app}/dist/main.js`, [], variables, stdout);
      child = started;
      cleanup.add(() => {
        expectedEnds.add(started);
        return started.kill();
      });
      started.ended.then(({ code, signal }) => {
        if (expectedEnds.has(started)) return;
        const last = log.findLast(({ level }) => level === 'fatal');
        deaths.push(
          `${name} ended with ${code ?? signal}${last ? `: ${last.msg} ${JSON.stringify(last.err)}` : ''}`,
        );
      });
      started.onLine((line) => {
        // A killed process may leave half a line.
        if (line.startsWith('{') && line.endsWith('}')) log.push(JSON.parse(line));
      });
      return started.ready;
    },
    async kill() {
      const killed = current();
      expectedEnds.add(killed);
      await killed.kill();
    },
    stop() {
      const stopped = current();
      expectedEnds.add(stopped);
      return stopped.stop();
    },
  };
}
