import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Environment } from './environment.ts';

/** A reply that is no page may load, and be framed by, nothing. */
const NOTHING = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

/** What Swagger UI needs, all of it from this service; it writes `style` attributes and draws icons from `data:`. */
const OWN_PAGE = {
  ...NOTHING,
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
};

const common = {
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
  // Whoever ends TLS in front of this service knows whether it always will.
  strictTransportSecurity: false,
  // Pages of other origins embed nothing of this service. CORS requests are not subject to this.
  crossOriginResourcePolicy: 'same-origin',
  // Of use to pages of other kinds, or to browsers of other times.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

const ofData = secureHeaders({ ...common, contentSecurityPolicy: NOTHING });
const ofPages = secureHeaders({ ...common, contentSecurityPolicy: OWN_PAGE });

/** Tells browsers what they must not do with a reply. */
export const securityHeaders: MiddlewareHandler<Environment> = (c, next) =>
  (c.req.path === '/docs' || c.req.path.startsWith('/docs/') ? ofPages : ofData)(c, next);

/** The same for a reply that is made without the application. */
export const headersOfBareReply = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
