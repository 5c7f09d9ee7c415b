import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { serveConsole } from './serve-console.ts';

test('serveConsole serves the sources, and sends other requests to the API under its own name', async () => {
  const api = createServer((request, response) =>
    response.end(JSON.stringify([request.headers.host, request.url])),
  );
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(api.address() as AddressInfo).port}`;
  const server = await serveConsole(`http://${host}`);
  onTestFinished(async () => {
    await server.close();
    await new Promise((resolve) => api.close(resolve));
  });
  const read = async (path: string) =>
    (await fetch(new URL(path, server.url), { headers: { Accept: 'text/html' } })).text();

  for (const page of ['/console/', '/console/incidents/5'])
    expect(await read(page)).toContain('/console/src/main.tsx');
  expect(await read('/console/src/app.tsx')).toContain('react');
  expect(JSON.parse(await read('/incidents/?limit=5'))).toEqual([host, '/incidents/?limit=5']);
  expect(JSON.parse(await read('/consoles'))).toEqual([host, '/consoles']);
});
