import type { Context } from '@incidents/core/context';
import { createBatcher } from '@incidents/db/batcher';
import {
  type AppliedChanges,
  applyStatisticsChanges,
  MAX_CHANGES,
} from '@incidents/db/queries/statistics/apply-statistics-changes';

/** Adds every change that was committed before the call to the statistics. Idempotent. */
export async function updateStatistics({ db }: Pick<Context, 'db'>): Promise<AppliedChanges> {
  const applied = { taken: 0, undated: 0 };
  for (;;) {
    const { taken, undated } = await applyStatisticsChanges(db);
    applied.taken += taken;
    applied.undated += undated;
    if (taken < MAX_CHANGES) return applied;
  }
}

const MAX_CALLS = 1_000;

/** Concurrent calls share one `updateStatistics`. The first of them gets its result. */
export function createStatisticsUpdater(db: Context['db']): () => Promise<AppliedChanges> {
  const update = createBatcher<void, AppliedChanges>(
    async (takeBatch) => {
      const calls = takeBatch();
      const applied = await updateStatistics({ db });
      return calls.map((_, index) => (index === 0 ? applied : { taken: 0, undated: 0 }));
    },
    { concurrency: 1, maxItems: MAX_CALLS },
  );
  return () => update();
}
