import type { Cleanup } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { type Child, startChild } from './start-child.ts';

/** A built API or worker, which may die and be started again. */
export interface Service {
  name: string;
  /** Where its probes are, and an API's everything. */
  url: string;
  /** Its process now. */
  readonly child: Child;
  /** Its log, as far as it is not lower than its level, over all its lives. */
  log: LogLine[];
  /** Ends that nobody asked for. */
  deaths: string[];
  /** Starts its process; resolves when it does its work. */
  start(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** A line of a log. */
export type LogLine = Record<string, unknown> & { level: string; msg: string; time: string };

/**
 * Prepares a service on a free port; nothing runs yet.
 * @param stdout a file descriptor for its log, which is then not read here
 */
export async function prepareService(
  cleanup: Cleanup,
  app: 'api' | 'worker',
  name: string,
  env: Record<string, string>,
  stdout?: number,
): Promise<Service> {
  const port = String(await freePort());
  const log: LogLine[] = [];
  const deaths: string[] = [];
  const wanted = new Set<Child>();
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
        wanted.add(started);
        return started.kill();
      });
      started.ended.then(({ code, signal }) => {
        if (wanted.has(started)) return;
        const last = log.findLast(({ level }) => level === 'fatal');
        deaths.push(
          `${name} ended with ${code ?? signal}${last ? `: ${last.msg} ${JSON.stringify(last.err)}` : ''}`,
        );
      });
      started.onLine((line) => {
        // One that was killed may have left half a line.
        if (line.startsWith('{') && line.endsWith('}')) log.push(JSON.parse(line));
      });
      return started.ready;
    },
    async kill() {
      const killed = current();
      wanted.add(killed);
      await killed.kill();
    },
    stop() {
      const stopped = current();
      wanted.add(stopped);
      return stopped.stop();
    },
  };
}
