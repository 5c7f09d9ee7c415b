import { spawnSync } from 'node:child_process';

/** Where the first of these commands is; undefined when there is none. */
export function onPath(names: string[]): string | undefined {
  for (const name of names) {
    const { stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' });
    if (stdout.trim() !== '') return stdout.trim();
  }
  return undefined;
}
