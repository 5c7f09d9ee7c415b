import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { tryCommand } from './run-command.ts';

/** One that needs PostgreSQL, one that needs Redis. */
const FILES = ['packages/db/src/queries/find-incident', 'apps/api/src/http/rate-limits'];

/**
 * Runs tests on a PostgreSQL and a Redis that Testcontainers starts with this engine; the runner's line about them.
 * @throws Error with the runner's output when one failed, or ran on anything else
 */
export async function runTests(engine: Engine, root: string, signal: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(
    [join(root, 'node_modules/.bin/vitest'), 'run', ...FILES],
    { cwd: root, env: { ...engine.env, ...engine.testEnv, NO_COLOR: '1' }, signal },
  );
  const output = `${stdout}\n${stderr}`;
  const used = ['PostgreSQL', 'Redis'].every((name) => output.includes(`tests: ${name} in a container`));
  if (code !== 0 || !used || output.includes('tests: no container')) throw new Error(output);
  return `PostgreSQL and Redis of Testcontainers: ${/Tests +(.*)/.exec(stdout)?.[1]}`;
}
