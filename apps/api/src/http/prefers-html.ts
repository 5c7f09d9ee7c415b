import type { Context } from 'hono';
import type { HonoEnv } from './hono-env.ts';

/** Whether the client is a browser that opens a page: `Accept` names HTML, and JSON not before it. */
export function prefersHtml(c: Context<HonoEnv>): boolean {
  const accept = c.req.header('accept') ?? '';
  const html = accept.search(/text\/html/i);
  const json = accept.search(/application\/(?:[\w.-]+\+)?json/i);
  return html !== -1 && (json === -1 || html < json);
}
