import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { migrate } from '@incidents/db/migrate';
import { root } from './paths.ts';
import { runStack } from './stack.ts';
import { watchSources } from './watch-sources.ts';

/** What is under way when a file is saved may be cut short: a developer waits for the new code. */
const killAfterMs = 1_200;

const app = (name: string) => ({ cwd: join(root, 'apps', name), args: ['src/main.ts'] });

await runStack({
  root,
  apps: { api: app('api'), worker: app('worker') },
  shutdownTimeout: 1,
  migrate,
  onStarted({ api, worker }, { say }) {
    const folders = ['apps', 'packages'].flatMap((room) =>
      readdirSync(join(root, room)).map((name) => join(root, room, name, 'src')),
    );
    return watchSources(folders, (paths) => {
      const files = paths.map((path) => relative(root, path));
      say(`${files.join(', ')}: changed`);
      if (files.some((file) => file.includes('/migrations/'))) {
        say('A changed migration takes effect at the next `turbo dev`.');
      }
      const touches = (folder: string) => files.some((file) => file.startsWith(folder));
      if (touches('packages/') || touches('apps/api/')) api.restart(killAfterMs);
      if (touches('packages/') || touches('apps/worker/')) worker.restart(killAfterMs);
    });
  },
});
