import { isLimited, type RouteDefinition } from '../http/define-route.ts';
import type { Components } from './components.ts';

/** Refused before the request is counted and its input is read. A sign-in with a wrong key is read and then refused. */
const REFUSED_AT_ONCE = 421;

export const headersOfEveryReply = (definition: RouteDefinition, { header }: Components, status: number) => ({
  'X-Request-Id': header(
    'X-Request-Id',
    'The id of this request in the log: that of the request header, or a new one.',
  ),
  ...(isLimited(definition) &&
    status !== REFUSED_AT_ONCE && {
      'RateLimit-Policy': header(
        'RateLimit-Policy',
        '`"reads";q=…;w=…`: `q` requests in `w` seconds; or `"writes"`.',
      ),
      RateLimit: header('RateLimit', '`"reads";r=…;t=…`: `r` requests remain for `t` seconds.'),
    }),
  ...(status !== REFUSED_AT_ONCE && {
    'X-Ignored-Parameters': header(
      'X-Ignored-Parameters',
      'Query parameters that this operation does not have and therefore ignores: `pag, statu`. Absent without any.',
    ),
  }),
});
