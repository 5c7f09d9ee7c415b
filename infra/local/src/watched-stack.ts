import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { keepOpenApiCurrent } from './keep-openapi-current.ts';
import { root } from './paths.ts';
import { serveConsole } from './serve-console.ts';
import { runStack } from './stack.ts';
import { watchSources } from './watch-sources.ts';

/** Short: a developer waits for the new code. */
const KILL_AFTER_MS = 1_200;

await runStack({
  script: 'src/main.ts',
  shutdownSeconds: 1,
  onStarted({ api, worker }, { say }, apiUrl) {
    const consoleServer = serveConsole(apiUrl);
    consoleServer.then(
      ({ url }) => say(`The console with hot reload: ${url}`),
      (error) => say(`The console with hot reload could not be started: ${error.message}`),
    );
    const folders = ['apps', 'packages'].flatMap((room) =>
      readdirSync(join(root, room))
        .filter((name) => name !== 'console')
        .map((name) => join(root, room, name, 'src')),
    );
    const openApi = keepOpenApiCurrent({
      script: join(root, 'apps', 'api', 'src', 'write-openapi.ts'),
      file: join(root, 'apps', 'api', 'openapi.json'),
      onWritten() {
        say('apps/api/openapi.json: written');
        api.restart(KILL_AFTER_MS);
      },
      onError: (reason) => say(`apps/api/openapi.json could not be written: ${reason}`),
    });
    const stopWatching = watchSources(folders, (paths) => {
      const files = paths.map((path) => relative(root, path));
      say(`${files.join(', ')}: changed`);
      if (files.some((file) => file.includes('/migrations/'))) {
        say('A changed migration takes effect at the next `turbo dev`.');
      }
      const touches = (folder: string) => files.some((file) => file.startsWith(folder));
      if (touches('packages/') || touches('apps/api/')) api.restart(KILL_AFTER_MS);
      if (touches('packages/contracts/') || touches('apps/api/')) openApi.update();
      if (touches('packages/') || touches('apps/worker/')) worker.restart(KILL_AFTER_MS);
    });
    return () => {
      stopWatching();
      openApi.stop();
      void consoleServer.then(({ close }) => close()).catch(() => {});
    };
  },
});
