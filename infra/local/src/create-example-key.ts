import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './paths.ts';

const execute = promisify(execFile);

const LIFETIME_MS = 86_400_000;

/** Creates a key that may read and write incidents for a day. Undefined, with a message, when that fails. */
export async function createExampleKey(
  env: NodeJS.ProcessEnv,
  { signal, say }: { signal: AbortSignal; say(line: string): void },
): Promise<string | undefined> {
  const scopes = ['incidents:read', 'incidents:write'].flatMap((scope) => ['--scope', scope]);
  const expiry = ['--expires-at', new Date(Date.now() + LIFETIME_MS).toISOString()];
  const args = ['keys', 'create', '--name', 'example of pnpm start', ...scopes, ...expiry];
  const cli = join(root, 'apps', 'api', 'src', 'cli.ts');
  try {
    const { stdout } = await execute(process.execPath, [cli, ...args], { env, cwd: root, signal });
    return stdout.trim();
  } catch (error) {
    if (!signal.aborted) say(`No key for the example: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}
