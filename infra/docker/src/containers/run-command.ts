import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { lastLines } from '@incidents/local/last-lines';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Ends the command and its descendants. */
  signal?: AbortSignal | undefined;
}

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program in its own process group: Ctrl+C reaches it through `signal` alone. */
export async function tryCommand(
  [program = '', ...args]: string[],
  { signal, ...options }: CommandOptions = {},
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const abort = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {}
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    signal?.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Returns the standard output; throws the end of the output when the exit code is not 0. */
export async function runCommand(command: string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(command, options);
  if (code === 0) return stdout;
  throw new Error(
    `${command.slice(0, 8).join(' ')} ended with ${code}:\n${lastLines(`${stdout}\n${stderr}`)}`,
  );
}
