import type { IncidentTable } from './incident.ts';
import type { IncidentStatisticsChangeTable, IncidentStatisticsTable } from './incident-statistics.ts';

/** Every table of the service. The queue's own live in the schema `graphile_worker`. */
export interface Database {
  incidents: IncidentTable;
  incident_statistics: IncidentStatisticsTable;
  incident_statistics_changes: IncidentStatisticsChangeTable;
}
