import { type Kysely, sql } from 'kysely';
import { CLOCK_TOLERANCE_SECONDS } from '../clock.ts';
import type { Database } from '../tables/database.ts';
import type { DeliveryTable } from '../tables/delivery.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';
import { lockRecipients } from './lock-recipients.ts';

/** What is to be told, to whom and how. */
export interface DeliveryPlan
  extends Pick<DeliveryTable, 'event_id' | 'incident_id' | 'channel' | 'transport'> {
  recipients: string[];
  /** Of new incidents: how many a recipient gets one by one within the window; those beyond wait for a digest. */
  storm?: { threshold: number; windowSeconds: number; digestAfterSeconds: number };
  /** Queued for each delivery that is sent by itself; gets `delivery_id`, its key is per delivery. */
  deliverJob: JobSpec;
  /** Queued for a recipient whose deliveries gather; its payload gets `recipient`, its key is per recipient. */
  digestJob: JobSpec;
}

/**
 * Records one delivery per recipient, each with its job, in one statement. Recipients that have one already
 * are passed over, so planning twice does no harm.
 *
 * With a storm policy planners of the same recipient wait for one another first: the number of what it got lately
 * has to be right.
 */
export async function insertDeliveries(db: Kysely<Database>, plan: DeliveryPlan): Promise<void> {
  const recipients = plan.recipients.toSorted();
  if (plan.storm === undefined) return insert(db, plan, recipients);
  await db.transaction().execute(async (transaction) => {
    await lockRecipients(transaction, plan.channel, recipients);
    // A second statement, so that it sees what those who held the locks before have committed.
    await insert(transaction, plan, recipients);
  });
}

async function insert(db: Kysely<Database>, plan: DeliveryPlan, recipients: string[]): Promise<void> {
  await sql`
      with recipients as (
        select recipient, ${
          plan.storm
            ? sql`(
              select count(*) from (
                select from deliveries
                where channel = ${plan.channel} and deliveries.recipient = waiting.recipient
                  and created_at > now() - make_interval(secs => ${plan.storm.windowSeconds})
                  and created_at <= now() + make_interval(secs => ${CLOCK_TOLERANCE_SECONDS})
                  and event_id in (select id from incident_events where kind = 'created')
                limit ${plan.storm.threshold}
              ) as lately
            ) >= ${plan.storm.threshold}`
            : sql`false`
        } as digest
        from unnest(${recipients}::text[]) as waiting (recipient)
      ), planned as (
        insert into deliveries (event_id, incident_id, channel, transport, recipient, digest, next_attempt_at)
        select ${plan.event_id}::bigint, ${plan.incident_id}::bigint, ${plan.channel}, ${plan.transport},
          recipient, digest, case when digest then null else now() end
        from recipients
        on conflict (event_id, channel, recipient) do nothing
        returning id, recipient, digest
      ), single as (${queueJobs(sql`
        select job || jsonb_build_object('job_key', 'delivery:' || planned.id) as job,
          jsonb_build_object('delivery_id', planned.id) as ids
        from planned, ${jobRows([plan.deliverJob])} where not planned.digest`)}
      ), gathered as (${queueJobs(
        sql`
        select job || jsonb_build_object(
            'job_key', ${`digest:${plan.channel}:`} || planned.recipient,
            'run_at', now() + make_interval(secs => ${plan.storm?.digestAfterSeconds ?? 0})
          ) as job,
          jsonb_build_object('recipient', planned.recipient) as ids
        from planned, ${jobRows([plan.digestJob])} where planned.digest`,
        { keepRunAt: true },
      )})
      select single.jobs, gathered.jobs from single, gathered`.execute(db);
}
