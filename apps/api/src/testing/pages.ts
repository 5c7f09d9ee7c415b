import { expect } from 'vitest';

export const nextOf = (headers: Headers) => /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];

/** All pages from `target` on; `list` fetches one. */
export async function pagesFrom<Entry>(
  target: string,
  list: (target: string) => Promise<{ entries: Entry[]; headers: Headers }>,
): Promise<Entry[][]> {
  const pages: Entry[][] = [];
  for (let next: string | undefined = target; next !== undefined; ) {
    const { entries, headers } = await list(next);
    pages.push(entries);
    next = nextOf(headers);
    expect(pages.length).toBeLessThan(20);
  }
  return pages;
}
