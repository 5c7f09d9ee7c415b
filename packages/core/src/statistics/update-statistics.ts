import { type AppliedChanges, applyStatisticsChanges } from '@incidents/db/queries/apply-statistics-changes';
import type { Context } from '../context.ts';

/**
 * Brings the figures up to date with every change committed so far. In a burst the first caller takes all
 * that is there and the others find nothing left; running it again changes nothing.
 */
export async function updateStatistics(context: Context): Promise<AppliedChanges> {
  const applied = { taken: 0, undated: 0 };
  for (;;) {
    const { taken, undated } = await applyStatisticsChanges(context.db);
    if (taken === 0) return applied;
    applied.taken += taken;
    applied.undated += undated;
  }
}
