import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '@incidents/local/find-program';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { expect, onTestFinished, test } from 'vitest';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

const nginx = findProgram(['nginx'], { folders: ['/usr/sbin', '/usr/local/sbin'] });
const database = useTestDatabase();
const start = useServiceProcesses();

/** Directives beside `proxy_pass`, and the answer of an API without keys. */
const PROXIES: [directives: string, status: number][] = [
  ['proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;', 421],
  ['proxy_set_header X-Real-IP $remote_addr;', 421],
  ['proxy_set_header X-Forwarded-Proto $scheme;', 421],
  ['proxy_set_header Forwarded "for=$remote_addr";', 421],
  ['proxy_set_header Via "1.1 nginx";', 421],
  ['proxy_set_header Host incidents.example.com;', 421],
  // Such a request looks like one of this machine: see SECURITY.md.
  ['', 200],
];

// Without nginx: install it (Debian: apt-get install nginx-light).
test.skipIf(nginx === undefined)(
  'an API without keys refuses what a real nginx says it has forwarded',
  async () => {
    const [port, ...ports] = await Promise.all([findFreePort(), ...PROXIES.map(() => findFreePort())]);
    const api = start('api', { DATABASE_URL: database.url, PORT: String(port) });
    await waitUntilReady(`http://127.0.0.1:${port}`);
    const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
    const servers = PROXIES.map(
      ([directives], index) => `
  server {
    listen 127.0.0.1:${ports[index]};
    location / {
      proxy_pass http://127.0.0.1:${port};
      ${directives}
    }
  }`,
    );
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `  ${name}_temp_path ${join(folder, name)};`,
    );
    const file = join(folder, 'nginx.conf');
    await writeFile(
      file,
      `daemon off;
master_process off;
pid ${join(folder, 'pid')};
error_log stderr;
events {}
http {
  access_log off;
${temporary.join('\n')}${servers.join('')}
}
`,
    );
    const server = spawn(nginx ?? '', ['-e', 'stderr', '-p', folder, '-c', file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    onTestFinished(async () => {
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      await rm(folder, { recursive: true, force: true });
    });

    const [first] = ports;
    // A public path, so the API answers through any proxy.
    await waitUntilReady(`http://127.0.0.1:${first}`);
    const answered = await Promise.all(
      PROXIES.map(async ([directives], index) => {
        const { status } = await fetch(`http://127.0.0.1:${ports[index]}/incidents/`);
        return [directives, status];
      }),
    );
    expect(answered).toEqual(PROXIES);
    expect(api.lines.filter(({ level }) => level === 'error')).toEqual([]);
  },
);
