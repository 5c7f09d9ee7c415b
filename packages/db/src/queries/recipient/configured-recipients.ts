import { type RawBuilder, sql } from 'kysely';
import { isLiving } from '../../lease.ts';

/** Recipients of living workers. Where workers differ, the one that started last counts. */
export const configuredRecipients: RawBuilder<unknown> = sql`
  select distinct on (configured.channel, configured.recipient)
    configured.channel, configured.transport, configured.recipient, configured.sources, configured.severities
  from worker_pools, jsonb_to_recordset(worker_pools.recipients)
    as configured (channel text, transport text, recipient text, sources jsonb, severities jsonb)
  where ${isLiving}
  order by configured.channel, configured.recipient, worker_pools.started_at desc, worker_pools.slot desc`;
