import type { Paging } from '@incidents/contracts';

/** @param filters query parameters beside the paging */
export function formatNextLink(
  path: string,
  { skip, limit }: Paging,
  filters: Record<string, string | undefined> = {},
): string {
  return linkTo(path, { skip: String(skip + limit), limit: String(limit), ...filters });
}

/** For keyset pagination: `after` is the id of the last entry of this page. */
export function formatNextLinkAfter(
  path: string,
  { after, limit }: { after: number; limit: number },
  filters: Record<string, string | undefined> = {},
): string {
  return linkTo(path, { after: String(after), limit: String(limit), ...filters });
}

function linkTo(path: string, query: Record<string, string | undefined>): string {
  // URLSearchParams is ten times slower.
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value.toWellFormed()).replaceAll('%20', '+')}`],
  );
  return `<${path}?${parameters.join('&')}>; rel="next"`;
}

export const linkHeader = { Link: '`rel="next"`: the next page; absent on the last one.' };
