/** Tables whose rows belong to an incident, each with an index that begins with `incident_id`. */
export const TRACE_TABLES = ['incident_events', 'deliveries', 'telegram_messages'] as const;
export type TraceTable = (typeof TRACE_TABLES)[number];
