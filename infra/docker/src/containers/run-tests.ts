import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { tryCommand } from './run-command.ts';

const TEST_FILES = ['packages/db/src/queries/incident/find-incident', 'apps/api/src/http/rate-limits'];

/** Runs tests on servers of Testcontainers; throws their output when one fails or uses another server. */
export async function runTests(engine: Engine, root: string, signal: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(
    [join(root, 'node_modules/.bin/vitest'), 'run', ...TEST_FILES],
    { cwd: root, env: { ...engine.env, ...engine.testEnv, NO_COLOR: '1' }, signal },
  );
  const output = `${stdout}\n${stderr}`;
  const used = ['PostgreSQL', 'Redis'].every((name) => output.includes(`tests: ${name} in a container`));
  if (code !== 0 || !used || output.includes('tests: no container')) throw new Error(output);
  return `PostgreSQL and Redis of Testcontainers: ${/Tests +(.*)/.exec(stdout)?.[1]}`;
}
