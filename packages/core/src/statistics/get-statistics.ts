import { IncidentStatus, type Statistics } from '@incidents/contracts';
import { readStatistics } from '@incidents/db/queries/read-statistics';
import type { Context } from '../context.ts';

const noIncidents = Object.fromEntries(IncidentStatus.options.map((status) => [status, 0]));

/** The figures as the statistics job left them. */
export async function getStatistics(context: Context): Promise<Statistics> {
  const { by_status, by_source, by_day, computed_at } = await readStatistics(context.db);
  return {
    total: Object.values(by_status).reduce((sum, incidents) => sum + incidents, 0),
    by_status: { ...noIncidents, ...by_status },
    by_source,
    by_day,
    computed_at,
  };
}
