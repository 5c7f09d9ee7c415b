import { DEFAULT_SCHEMA, type SessionSettings } from './session-settings.ts';

/** Describes a mistake in the URL of a database without showing it, as it has a password; undefined without one. */
export function findUrlMistake(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\/./.test(url)) {
    const [, scheme] = /^([a-z][a-z0-9+.-]{0,19}):\/\//i.exec(url) ?? [];
    const isOther = scheme !== undefined && !/^postgres(ql)?$/.test(scheme);
    return `${isOther ? `${scheme}:// is not PostgreSQL; ` : ''}it has to begin with postgresql://`;
  }
  const [, authority = ''] = /^\w+:\/\/([^/?]*)/.exec(url) ?? [];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host.includes(',') || /[?&]host=[^&]*(,|%2c)/i.test(url)) {
    return 'several hosts are not supported; it needs one name that leads to the primary, as a DNS entry or a proxy gives it';
  }
  if (!URL.canParse(url)) return 'it cannot be read; special characters in the password are percent-encoded';
  return undefined;
}

/** Whether the URL names the schema of the tables: `?options=-c search_path=…`. */
export const namesSearchPath = (url: string): boolean =>
  /\bsearch_path\b/i.test(new URL(url).searchParams.get('options') ?? '');

/** Startup options cost no round trip. They win over the URL's own options, all but the search path. */
export function withStartupOptions(url: string, settings: SessionSettings): string {
  const result = new URL(url);
  const given = result.searchParams.get('options');
  result.searchParams.set(
    'options',
    [
      toOption('search_path', DEFAULT_SCHEMA),
      given,
      ...Object.entries(settings).map(([k, v]) => toOption(k, v)),
    ]
      .filter((part) => part !== null)
      .join(' '),
  );
  return result.href;
}

/** PostgreSQL splits options at spaces that no backslash precedes. */
const toOption = (name: string, value: string) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`;
