import { IncidentStatus, type Statistics } from '@incidents/contracts';
import { readStatistics } from '@incidents/db/queries/statistics/read-statistics';
import type { Context } from '../context.ts';
import { memoizeFor } from '../memoize-for.ts';

const noIncidents = Object.fromEntries(IncidentStatus.options.map((status) => [status, 0]));

/** The figures as the statistics job left them. Requests that come while they are read share the answer. */
export const getStatistics = ({ db }: Context): Promise<Statistics> => shared(db);

const shared = memoizeFor(0, async (db: Context['db']): Promise<Statistics> => {
  const { by_status, by_source, by_day, computed_at } = await readStatistics(db, IncidentStatus.options);
  return {
    total: Object.values(by_status.named).reduce((sum, incidents) => sum + incidents, by_status.other),
    by_status: { ...noIncidents, ...by_status.named },
    by_status_other: by_status.other,
    by_source: by_source.named,
    by_source_other: by_source.other,
    by_day,
    computed_at,
  };
});
