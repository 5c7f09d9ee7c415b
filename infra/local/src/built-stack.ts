import { join } from 'node:path';
import { migrate } from '@incidents/db/migrate';
import { build } from './build.ts';
import { root } from './paths.ts';
import { runStack } from './stack.ts';

const app = (name: string) => ({ cwd: join(root, 'apps', name), args: ['dist/main.js'] });

await runStack({
  root,
  apps: { api: app('api'), worker: app('worker') },
  shutdownTimeout: 5,
  prepare: (terminal, signal) => build(root, terminal, signal),
  migrate,
});
