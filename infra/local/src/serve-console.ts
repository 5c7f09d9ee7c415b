import { join } from 'node:path';
import { createServer } from 'vite';
import { root } from './paths.ts';

export interface ConsoleServer {
  url: string;
  close(): Promise<void>;
}

/** Serves the sources of the console with hot reload; every other path is the API's. */
export async function serveConsole(apiUrl: string): Promise<ConsoleServer> {
  const folder = join(root, 'apps', 'console');
  const server = await createServer({
    root: folder,
    configFile: join(folder, 'vite.config.ts'),
    logLevel: 'warn',
    clearScreen: false,
    server: {
      host: '127.0.0.1',
      // Without keys the API answers only to its own name.
      proxy: { '^/(?!console(?:/|$))': { target: apiUrl, changeOrigin: true } },
    },
  });
  await server.listen();
  const [origin = ''] = server.resolvedUrls?.local ?? [];
  return { url: origin, close: () => server.close() };
}
