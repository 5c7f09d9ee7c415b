import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** File name → Content-Type of what the page loads from this service; nothing comes from another host. */
const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Incident Management API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

// A file of its own, so that no inline script has to be allowed. validatorUrl would ask another host.
const start = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    validatorUrl: null,
  });
};
`;

/** Swagger UI, served from its npm package. */
export const swaggerUi = {
  page,
  /** @returns the file, or undefined when the page has none of that name */
  async readAsset(name: string): Promise<{ content: Uint8Array<ArrayBuffer>; type: string } | undefined> {
    if (name === 'start.js') {
      return { content: new TextEncoder().encode(start), type: 'text/javascript; charset=utf-8' };
    }
    const type = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (type === undefined) return undefined;
    const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
    return { content: new Uint8Array(await readFile(join(folder, name))), type };
  },
};
