import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type ProcessIdentity, readProcess } from './process-table.ts';

/** BSD's EX_CONFIG: the program cannot work with this configuration, so starting it again is pointless. */
const badConfiguration = 78;
const firstDelayMs = 500;
const longestDelayMs = 10_000;
/** A child that lived this long was healthy: its next failure is a new one, not the same once more. */
const healthyMs = 30_000;

/** A program to keep running. It sends the IPC message 'ready' once it serves. */
export interface Program {
  name: string;
  /** Arguments for Node.js: the script, and what belongs to it. */
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

export interface SuperviseOptions {
  /** One line of the child's output. */
  onLine(line: string): void;
  /** One line of the supervisor's own. */
  say(line: string): void;
  /** Another process runs from now on (undefined: none). */
  onProcess?(process: ProcessIdentity | undefined): void;
  /** Called at every 'ready', with the milliseconds since the start of that process. */
  onReady?(ms: number): void;
  /** The program refused its configuration; it is not started again. */
  onBadConfiguration(): void;
}

export interface Supervised {
  /** Resolves when the program has become ready for the first time. */
  ready: Promise<void>;
  /** Ends the running process (by SIGKILL after `killAfterMs`) and starts a new one, at once and with the back-off reset. */
  restart(killAfterMs: number): void;
  /** Ends the program for good: SIGTERM now, SIGKILL to what is left of its process group after `killAfterMs`. */
  stop(killAfterMs: number): Promise<void>;
}

/**
 * Starts a program and starts it again whenever it ends, with exponential back-off.
 *
 * It gets a process group of its own, so that a Ctrl+C reaches the supervisor alone, which ends the
 * programs in their order; and an IPC channel, whose end tells it that the supervisor was killed.
 */
export function supervise(program: Program, options: SuperviseOptions): Supervised {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let ended = false;
  let restarting = false;
  const ready = Promise.withResolvers<void>();

  function start() {
    const startedAt = Date.now();
    const running = spawn(process.execPath, program.args, {
      cwd: program.cwd,
      env: program.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child = running;
    options.onProcess?.(running.pid === undefined ? undefined : readProcess(running.pid));
    for (const stream of [running.stdout, running.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', options.onLine);
    }
    running.on('message', (message) => {
      if (message !== 'ready') return;
      ready.resolve();
      options.onReady?.(Date.now() - startedAt);
    });
    running.on('error', (error) => options.say(`${program.name} could not be started: ${error.message}`));
    // What the program has started itself would hold its output open and its port taken.
    running.once('exit', () => signalGroup(running, 'SIGKILL'));
    running.once('close', (code, signal) => {
      child = undefined;
      options.onProcess?.(undefined);
      if (!ended) again(code, signal, Date.now() - startedAt);
    });
  }

  function again(code: number | null, signal: string | null, livedMs: number) {
    if (restarting) {
      restarting = false;
      return start();
    }
    if (code === badConfiguration) {
      ended = true;
      return options.onBadConfiguration();
    }
    if (livedMs >= healthyMs) failures = 0;
    const delay = Math.min(firstDelayMs * 2 ** failures++, longestDelayMs);
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    options.say(`${program.name} ${how}; starting it again in ${delay / 1000} s`);
    timer = setTimeout(start, delay);
  }

  function end(running: ChildProcess, killAfterMs: number): Promise<void> {
    if (running.exitCode !== null || running.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const killer = setTimeout(() => signalGroup(running, 'SIGKILL'), killAfterMs);
      running.once('exit', () => {
        clearTimeout(killer);
        resolve();
      });
      running.kill('SIGTERM');
    });
  }

  start();
  return {
    ready: ready.promise,
    restart(killAfterMs) {
      if (ended) return;
      failures = 0;
      clearTimeout(timer);
      if (!child) return start();
      restarting = true;
      void end(child, killAfterMs);
    },
    async stop(killAfterMs) {
      ended = true;
      clearTimeout(timer);
      if (child) await end(child, killAfterMs);
    },
  };
}

function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody is left in the group.
  }
}
