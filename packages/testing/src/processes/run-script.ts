import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Script {
  kill(): void;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

/** Runs a file with this Node.js and only the variables of `env`. */
export function runScript(
  file: URL,
  env: Record<string, string>,
  args: string[] = [],
  cwd = process.cwd(),
): Script {
  const child = spawn(process.execPath, [fileURLToPath(file), ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return {
    kill: () => child.kill('SIGKILL'),
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    }),
  };
}
