import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** Adds the variables of a file `.env` that `env` lacks. A missing file adds none. */
export function loadEnvFile(file: string, env: NodeJS.ProcessEnv = process.env): void {
  // Of another database than that of the environment.
  const skipped = env.DATABASE_URL === undefined ? undefined : 'DATABASE_DIRECT_URL';
  for (const [name, value] of Object.entries(parseEnv(readIfPresent(file)))) {
    if (name !== skipped) env[name] ??= value;
  }
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
