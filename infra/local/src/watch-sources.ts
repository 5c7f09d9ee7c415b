import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Editors save in several steps: changes closer together are one. */
const QUIET_MS = 60;

/** Calls `onChange` with the paths of changed source files; the returned function ends that. */
export function watchSources(folders: string[], onChange: (paths: string[]) => void): () => void {
  // Not recursive: on Linux Node.js then loses a file that an editor replaces by renaming.
  const watchers = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const note = (path: string) => {
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = [...changed];
      changed.clear();
      onChange(paths);
    }, QUIET_MS);
  };

  const add = (folder: string) => {
    if (watchers.has(folder) || !isFolder(folder)) return;
    const watcher = watch(folder, (_event, name) => {
      if (!name) return;
      const path = join(folder, name);
      add(path);
      if (isSource(name) || watchers.has(path)) note(path);
    });
    watchers.set(folder, watcher);
    watcher.on('error', () => {
      watcher.close();
      watchers.delete(folder);
    });
    for (const name of readdirSync(folder)) add(join(folder, name));
  };

  for (const folder of folders) add(folder);
  return () => {
    for (const watcher of watchers.values()) watcher.close();
    clearTimeout(timer);
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isSource(name: string): boolean {
  return /\.(ts|json|sql)$/.test(name) && !name.endsWith('.test.ts') && !name.startsWith('.');
}
