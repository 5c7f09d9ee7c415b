import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './paths.ts';

/** @throws Error with the output of a failed build */
export async function build(signal: AbortSignal): Promise<void> {
  const turbo = spawn(
    join(root, 'node_modules', '.bin', 'turbo'),
    ['run', 'build', '--output-logs=errors-only', '--log-prefix=task', '--ui=stream', '--summarize=false'],
    {
      cwd: root,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    },
  );
  let output = '';
  for (const stream of [turbo.stdout, turbo.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => {
    turbo.once('error', (error) => {
      output += error.message;
    });
    turbo.once('close', resolve);
  });
  signal.throwIfAborted();
  if (code !== 0)
    throw new Error(`${stripVTControlCharacters(output.trim())}\n\nThe build has failed (see above).`);
}
