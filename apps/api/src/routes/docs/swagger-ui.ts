import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createStaticReplies } from '../../http/static-replies.ts';

const require = createRequire(import.meta.url);

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

// A file, as the CSP forbids inline scripts. validatorUrl would send a request to another host.
const start = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    persistAuthorization: true,
    validatorUrl: null,
  });
};
`;

const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
const asset = (content: Buffer, type: string) =>
  createStaticReplies(content, { 'Content-Type': type, 'Cache-Control': 'max-age=3600' });
const readAsset = (name: string, type: string) => asset(readFileSync(join(folder, name)), type);

export const swaggerUi = {
  page,
  assets: new Map([
    ['start.js', asset(Buffer.from(start), 'text/javascript; charset=utf-8')],
    ['swagger-ui.css', readAsset('swagger-ui.css', 'text/css; charset=utf-8')],
    ['swagger-ui-bundle.js', readAsset('swagger-ui-bundle.js', 'text/javascript; charset=utf-8')],
    ['favicon-32x32.png', readAsset('favicon-32x32.png', 'image/png')],
  ]),
};
