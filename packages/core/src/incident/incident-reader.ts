import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { withConnection } from '@incidents/db/connection';
import { filteredColumns } from '@incidents/db/queries/incident/incident-list';
import {
  type SmallPage,
  type SmallPageResult,
  selectSmallPages,
} from '@incidents/db/queries/incident/select-small-pages';
import { ANSWER_TIMEOUT } from './answer-timeout.ts';

/** Reads pages of the list; different pages that wait at the same time share one statement. */
export interface IncidentReader {
  /** @returns the page, newest first; undefined when it is too large for a shared statement */
  readSmallPage(page: SmallPage): Promise<SmallPageResult | undefined>;
}

/** Statements at a time for each set of filters. With two, cold lists of 20 are 8 to 25 % slower. */
const MAX_STATEMENTS = 4;

/** Incidents in one statement: it returns at most 2 MB, six times as much where JSON escapes all. */
const MAX_ROWS = 256;

/** Passing over this many index entries takes about 1 ms. A page further behind would hold up the others. */
const MAX_SHARED_SKIP = 10_000;

/**
 * Pages share statements: with 64 clients one each costs as much as the rows (docs/performance.md).
 * A page never joins a statement that began before its call, so it has every write answered before.
 */
export function createIncidentReader(db: Db['kysely']): IncidentReader {
  const createShared = () =>
    createBatcher<SmallPage, SmallPageResult | undefined>(
      (takeBatch) =>
        withConnection(db, async (connection) => {
          const pages = takeBatch().map(({ item }) => item);
          return pages.length === 0 ? [] : selectSmallPages(connection, pages);
        }),
      {
        concurrency: MAX_STATEMENTS,
        maxItems: Number.POSITIVE_INFINITY,
        // A page reads the incident after it as well.
        size: { of: ({ limit }) => limit + 1, max: MAX_ROWS },
        timeout: ANSWER_TIMEOUT,
      },
    );
  const readers = new Map<string, ReturnType<typeof createShared>>();
  function readerOf(page: SmallPage) {
    const columns = filteredColumns(page.filter).join();
    const reader = readers.get(columns) ?? createShared();
    readers.set(columns, reader);
    return reader;
  }

  return {
    async readSmallPage(page) {
      if (page.skip > MAX_SHARED_SKIP) return (await selectSmallPages(db, [page]))[0];
      return readerOf(page)(page);
    },
  };
}
