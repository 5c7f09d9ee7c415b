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
  const query = new URLSearchParams({ skip: String(skip + limit), limit: String(limit), ...filters });
  return `<${path}?${query}>; rel="next"`;
}

/** How the document describes that header. */
export const linkHeader = { Link: '`rel="next"`: the next page; left out on the last one.' };
