import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { findFreePort } from '@incidents/testing/processes/find-free-port';

export type Deed =
  | 'image'
  | 'script'
  | 'frame'
  | 'form'
  | 'fetchOpaque'
  | 'postOpaque'
  | 'fetchCors'
  | 'postCors'
  | 'open';

export interface Attempt {
  deed: Deed;
  url: string;
  outcome?: string;
}

const script = `
const load = (name, attribute, url) => new Promise((resolve) => {
  const element = document.createElement(name);
  element.onload = () => resolve('loaded');
  element.onerror = () => resolve('blocked');
  element[attribute] = url;
  document.body.append(element);
});
const tryFetch = (url, init) => fetch(url, init).then(({ type, status }) => type + ' ' + status, () => 'blocked');
const deeds = {
  image: (url) => load('img', 'src', url),
  script: (url) => load('script', 'src', url),
  frame: (url) => load('iframe', 'src', url),
  form(url) {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: url, target: 'frame-of-form' });
    document.body.insertAdjacentHTML('beforeend', '<iframe name="frame-of-form"></iframe>');
    document.body.append(form);
    form.submit();
  },
  fetchOpaque: (url) => tryFetch(url, { mode: 'no-cors' }),
  postOpaque: (url) => tryFetch(url, { mode: 'no-cors', method: 'POST' }),
  fetchCors: (url) => tryFetch(url),
  postCors: (url) => tryFetch(url, { method: 'POST', headers: { 'X-Request-Id': 'asks-first' } }),
  open: (url) => void window.open(url),
};
for (const attempt of attempts) attempt.outcome = await deeds[attempt.deed](attempt.url);
await fetch('/outcomes' + location.pathname, { method: 'POST', body: JSON.stringify(attempts) });
`;

export interface PageServer {
  port: number;
  pages: Map<string, Attempt[]>;
  /** Results by path, once the page has done all actions. */
  outcomes: Map<string, Attempt[]>;
  close(): void;
}

/** @param upstream port of a server that answers the other paths, as behind a development server */
export async function startPageServer(upstream?: number): Promise<PageServer> {
  const pages: PageServer['pages'] = new Map();
  const outcomes: PageServer['outcomes'] = new Map();
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url ?? '/';
    const attempts = pages.get(path);
    if (attempts !== undefined) {
      outgoing.setHeader('Content-Type', 'text/html').end(`<!doctype html><body>
<script type="module">const attempts = ${JSON.stringify(attempts)};${script}</script>`);
    } else if (path.startsWith('/outcomes/')) {
      outcomes.set(path.slice('/outcomes'.length), JSON.parse(await text(incoming)));
      outgoing.end();
    } else if (upstream !== undefined) {
      const { method, headers } = incoming;
      const forwarded = request({ port: upstream, path, method, headers }, (reply) => {
        outgoing.writeHead(reply.statusCode ?? 0, reply.headers);
        reply.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    } else outgoing.writeHead(404).end();
  };
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  const port = await findFreePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    pages,
    outcomes,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
