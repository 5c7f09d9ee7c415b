import { applyStatisticsChanges } from '@incidents/db/queries/apply-statistics-changes';
import type { Context } from '../context.ts';

/**
 * Brings the figures up to date with every change committed so far. In a burst the first caller takes all
 * that is there and the others find nothing left; running it again changes nothing.
 * @returns how many changes were counted
 */
export async function updateStatistics(context: Context): Promise<number> {
  let counted = 0;
  for (;;) {
    const taken = await applyStatisticsChanges(context.db);
    if (taken === 0) return counted;
    counted += taken;
  }
}
