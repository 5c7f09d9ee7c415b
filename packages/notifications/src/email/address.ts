import { domainToASCII } from 'node:url';

/** RFC 5322 dot-atom: no quotes, spaces or comments. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{N}.-]+$/u;
const DOMAIN_LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** `пример.рф` → `xn--e1afmkfd.xn--p1ai`; undefined when `domain` is invalid. */
function toAsciiDomain(domain: string): string | undefined {
  // Checked before the mapping, which drops some characters silently.
  if (!DOMAIN_CHARACTERS.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  return ascii.split('.').every((label) => DOMAIN_LABEL.test(label)) ? ascii : undefined;
}

/** No mail library or server can read two addresses in it. ASCII local part: many servers refuse others. */
export function isOneAddress(value: string): boolean {
  const at = value.lastIndexOf('@');
  const local = value.slice(0, Math.max(at, 0));
  const domain = toAsciiDomain(value.slice(at + 1));
  return (
    domain !== undefined && local.length <= 64 && LOCAL_PART.test(local) && at + 1 + domain.length <= 254
  );
}

/**
 * @throws TypeError unless `isOneAddress(address)`
 */
export function extractDomain(address: string): string {
  const domain = isOneAddress(address) && toAsciiDomain(address.slice(address.lastIndexOf('@') + 1));
  if (!domain) throw new TypeError('not one e-mail address');
  return domain;
}
