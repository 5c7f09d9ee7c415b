import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type ProcessIdentity, readProcess } from './crash-recovery/process-table.ts';
import { RestartDelay } from './restart-delay.ts';

/** BSD's exit code for a wrong configuration: a restart does not help. */
const EX_CONFIG = 78;

/** A Node.js program to keep running. It sends the IPC message 'ready' once it serves. */
export interface Program {
  name: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

export interface SuperviseOptions {
  onLine(line: string): void;
  say(line: string): void;
  /** Called with each new process, and with undefined when it has ended. */
  onProcess?(process: ProcessIdentity | undefined): void;
  onReady?(ms: number): void;
  onBadConfiguration(): void;
}

export interface SupervisedProgram {
  ready: Promise<void>;
  /** Replaces the process at once: SIGTERM, then SIGKILL after `killAfterMs`. Resets the restart delay. */
  restart(killAfterMs: number): void;
  /** Ends the program: SIGTERM, then SIGKILL to its process group after `killAfterMs`. */
  stop(killAfterMs: number): Promise<void>;
}

/** Starts a program, and restarts it with a growing delay when it ends. */
export function supervise(program: Program, options: SuperviseOptions): SupervisedProgram {
  const delay = new RestartDelay();
  const ready = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let isRestarting = false;

  function start() {
    const startedAt = Date.now();
    const running = spawn(process.execPath, program.args, {
      cwd: program.cwd,
      env: program.env,
      // Ctrl+C reaches the launcher alone, which ends programs in order.
      detached: true,
      // The end of the IPC channel tells the program that the launcher was killed.
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
    // Its own children would keep its output open and its port in use.
    running.once('exit', () => killGroup(running));
    running.once('close', (code, signal) => {
      child = undefined;
      options.onProcess?.(undefined);
      if (!isStopped) restartLater(code, signal, Date.now() - startedAt);
    });
  }

  function restartLater(code: number | null, signal: string | null, ranMs: number) {
    if (isRestarting) {
      isRestarting = false;
      return start();
    }
    if (code === EX_CONFIG) {
      isStopped = true;
      return options.onBadConfiguration();
    }
    const delayMs = delay.nextMs(ranMs);
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    options.say(`${program.name} ${how}; starting it again in ${delayMs / 1000} s`);
    timer = setTimeout(start, delayMs);
  }

  function end(running: ChildProcess, killAfterMs: number): Promise<void> {
    if (running.exitCode !== null || running.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const killer = setTimeout(() => killGroup(running), killAfterMs);
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
      if (isStopped) return;
      delay.reset();
      clearTimeout(timer);
      if (!child) return start();
      isRestarting = true;
      void end(child, killAfterMs);
    },
    async stop(killAfterMs) {
      isStopped = true;
      clearTimeout(timer);
      if (child) await end(child, killAfterMs);
    },
  };
}

function killGroup({ pid }: ChildProcess) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {}
}
