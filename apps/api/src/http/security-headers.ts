/** A reply that is no page may load, and be framed by, nothing. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** What Swagger UI needs, all of it from this service; it writes `style` attributes and draws icons from `data:`. */
const OWN_PAGE = `${NOTHING}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'`;

/** Headers that restrict what browsers do with a reply. */
export const dataSecurityHeaders: Record<string, string> = {
  'Content-Security-Policy': NOTHING,
  // Pages of other origins embed nothing of this service. CORS requests are not subject to this.
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const pageSecurityHeaders = { ...dataSecurityHeaders, 'Content-Security-Policy': OWN_PAGE };

/** @param path of the request */
export const securityHeaders = (path: string): Record<string, string> =>
  path === '/docs' || path.startsWith('/docs/') ? pageSecurityHeaders : dataSecurityHeaders;
