const CSP_NONE = "default-src 'none'; frame-ancestors 'none'";

/** Swagger UI writes `style` attributes and draws icons from `data:`. */
const CSP_SWAGGER_UI = `${CSP_NONE}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'`;

export const dataSecurityHeaders: Record<string, string> = {
  'Content-Security-Policy': CSP_NONE,
  // Against embedding in pages of other origins; it does not apply to CORS requests.
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const CSP_CONSOLE = `${CSP_NONE}; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'`;

const docsSecurityHeaders = { ...dataSecurityHeaders, 'Content-Security-Policy': CSP_SWAGGER_UI };
const consoleSecurityHeaders = { ...dataSecurityHeaders, 'Content-Security-Policy': CSP_CONSOLE };

export function securityHeaders(path: string): Record<string, string> {
  if (isBelow(path, '/docs')) return docsSecurityHeaders;
  return isBelow(path, '/console') ? consoleSecurityHeaders : dataSecurityHeaders;
}

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
