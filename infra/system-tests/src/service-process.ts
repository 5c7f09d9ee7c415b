import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { eventually } from '@incidents/testing/eventually';
import { runScript, type Script } from '@incidents/testing/processes/run-script';
import { afterAll, expect } from 'vitest';

export type LogLine = Record<string, unknown> & { level: string; msg: string };

export interface ServiceProcess extends Pick<Script, 'child' | 'output'> {
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** The complete lines of its log. */
  readonly lines: LogLine[];
}

/** A start takes seconds on a busy machine, and longer with migrations. */
export const START_TIMEOUT_MS = 50_000;

/** @param url of an API's or a worker's health checks */
export const waitUntilReady = (url: string): Promise<void> =>
  eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), START_TIMEOUT_MS);

/** Returns a function that starts processes. The end of the test file kills them. */
export function useServiceProcesses() {
  const children: ChildProcess[] = [];
  afterAll(async () => {
    const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    await Promise.all(
      running.map((child) => {
        child.kill('SIGKILL');
        return new Promise((resolve) => child.once('exit', resolve));
      }),
    );
  });

  /** Starts the built app with only the variables of `env`. AUTH is off unless given. */
  return function start(app: 'api' | 'worker', env: Record<string, string>): ServiceProcess {
    const file = new URL(`../../../apps/${app}/dist/main.js`, import.meta.url);
    if (!existsSync(file)) throw new Error(`${file} does not exist: run the build first`);
    const { child, output, ended } = runScript(file, { ...(app === 'api' && { AUTH: 'off' }), ...env });
    children.push(child);
    return {
      child,
      output,
      ended: ended.then(({ code, signal }) => ({ code, signal })),
      get lines() {
        return output.stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line));
      },
    };
  };
}
