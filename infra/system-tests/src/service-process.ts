import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export type LogLine = Record<string, unknown> & { level: string; msg: string };

export interface ServiceProcess {
  readonly lines: LogLine[];
  readonly stdout: string;
  readonly stderr: string;
  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

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
    const file = fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
    if (!existsSync(file)) throw new Error(`${file} does not exist: run the build first`);
    const child = spawn(process.execPath, [file], {
      env: { ...(app === 'api' && { AUTH: 'off' }), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);

    const lines: LogLine[] = [];
    let stdout = '';
    let stderr = '';
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) lines.push(JSON.parse(part));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    return {
      lines,
      get stdout() {
        return stdout;
      },
      get stderr() {
        return stderr;
      },
      signal: (signal) => child.kill(signal),
      ended: new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code, signal) => resolve({ code, signal }));
      }),
    };
  };
}
