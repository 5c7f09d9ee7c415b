import type { Paging } from '@incidents/contracts';

/**
 * The `Link` header that leads to the page after this one.
 * @param filters query parameters beside the paging that the next page has to keep
 */
export function nextPage(
  path: string,
  { skip, limit }: Paging,
  filters: Record<string, string> = {},
): string {
  return linkTo(path, { skip: String(skip + limit), limit: String(limit), ...filters });
}

/** The same for a list whose pages begin behind an entry: `after` is the id of the last one of this page. */
export function nextPageAfter(
  path: string,
  { after, limit }: { after: number; limit: number },
  filters: Record<string, string> = {},
): string {
  return linkTo(path, { after: String(after), limit: String(limit), ...filters });
}

function linkTo(path: string, query: Record<string, string>): string {
  // URLSearchParams takes ten times as long.
  const parameters = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed()).replaceAll('%20', '+')}`,
  );
  return `<${path}?${parameters.join('&')}>; rel="next"`;
}

/** How the document describes that header. */
export const linkHeader = { Link: '`rel="next"`: the next page; left out on the last one.' };
