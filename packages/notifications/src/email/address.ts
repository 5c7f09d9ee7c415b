import { domainToASCII } from 'node:url';

/** RFC 5322's dot-atom: no quotes, no spaces, no comments. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{N}.-]+$/u;
const DOMAIN_LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * The domain of an address as DNS knows it, `пример.рф` → `xn--e1afmkfd.xn--p1ai`.
 * @returns undefined when it isn't one
 */
function asciiDomain(domain: string): string | undefined {
  // Checked before it is mapped too: the mapping drops some characters silently.
  if (!DOMAIN_CHARACTERS.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  return ascii.split('.').every((label) => DOMAIN_LABEL.test(label)) ? ascii : undefined;
}

/**
 * Whether `value` is exactly one address, `local@domain`, and nothing that a mail library or a mail server could
 * take for two: no display name, list, comment, quoted part, space or line break. The part before the @ is ASCII,
 * as many servers still refuse others; the domain may be an international one, or one name (`root@localhost`).
 */
export function isOneAddress(value: string): boolean {
  const at = value.lastIndexOf('@');
  const local = value.slice(0, Math.max(at, 0));
  const domain = asciiDomain(value.slice(at + 1));
  return (
    domain !== undefined && local.length <= 64 && LOCAL_PART.test(local) && at + 1 + domain.length <= 254
  );
}

/**
 * The domain of an address, in ASCII.
 * @throws TypeError when `isOneAddress` would say no
 */
export function domainOf(address: string): string {
  const domain = isOneAddress(address) && asciiDomain(address.slice(address.lastIndexOf('@') + 1));
  if (!domain) throw new TypeError('not one e-mail address');
  return domain;
}
