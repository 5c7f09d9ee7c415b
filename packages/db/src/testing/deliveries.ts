import type { Db } from '../client.ts';
import type { DeliveryRow } from '../queries/delivery-row.ts';
import { insertIncident } from '../queries/insert-incident.ts';
import { listDeliveries } from '../queries/list-deliveries.ts';
import { listEvents } from '../queries/list-events.ts';
import {
  type DeliveryPlan,
  type PlannedRecipient,
  planDeliveries,
  type StormPolicy,
  type WokenOutbox,
} from '../queries/plan-deliveries.ts';
import { updateIncident } from '../queries/update-incident.ts';
import { cause, someIncident } from './incidents.ts';
import { keepAlive } from './worker-pools.ts';

/** An event to tell about. */
export interface SomeEvent {
  event_id: number;
  incident_id: number;
}

/** A new incident, without any job. */
export async function someEvent(db: Db, fields: Parameters<typeof someIncident>[0] = {}): Promise<SomeEvent> {
  const { id } = await insertIncident(db.kysely, someIncident(fields), cause, []);
  return latestEvent(db, id);
}

/** A change of status of a new incident, without any job. */
export async function someChange(db: Db): Promise<SomeEvent> {
  return changeOf(db, await someEvent(db));
}

/** The next change of status of an incident, without any job. */
export async function changeOf(
  db: Db,
  { incident_id }: Pick<SomeEvent, 'incident_id'>,
  status = 'закрыт',
): Promise<SomeEvent> {
  await updateIncident(db.kysely, incident_id, { status }, cause, []);
  return latestEvent(db, incident_id);
}

async function latestEvent(db: Db, incidentId: number): Promise<SomeEvent> {
  const event = (await listEvents(db.kysely, incidentId, { skip: 0, limit: 1_000 })).at(-1);
  if (event === undefined) throw new Error(`incident ${incidentId} has no history`);
  return { event_id: event.id, incident_id: incidentId };
}

/** A storm policy under which no digest is ever made. */
export const noStorm: StormPolicy = { threshold: 1_000_000, windowSeconds: 60, digestAfterSeconds: 30 };

/** What differs from e-mail to one address in calm weather. A recipient that is a text gets every source. */
export interface DifferingPlan extends Partial<Omit<DeliveryPlan, 'recipients'>> {
  recipients?: (string | PlannedRecipient)[];
}

/** A plan of e-mail to one address; what differs is given. */
export const plan = ({
  recipients = ['duty@example.com'],
  ...differing
}: DifferingPlan = {}): DeliveryPlan => ({
  channel: 'email',
  transport: 'smtp',
  recipients: recipients.map((recipient) =>
    typeof recipient === 'string' ? { recipient, sources: null } : recipient,
  ),
  storm: noStorm,
  ...differing,
});

/** Plans events the way a worker does. */
export const planEvents = (
  db: Db,
  events: SomeEvent[],
  differing: DifferingPlan = {},
): Promise<WokenOutbox[]> =>
  planDeliveries(
    db.kysely,
    events.map(({ event_id }) => event_id),
    plan(differing),
  );

/** The one delivery of a new incident, which waits in its outbox. */
export async function someDelivery(db: Db, differing: DifferingPlan = {}): Promise<DeliveryRow> {
  const event = await someEvent(db);
  await planEvents(db, [event], differing);
  return deliveryOf(db, event.incident_id);
}

/** The one delivery about an incident. */
export async function deliveryOf(db: Db, incidentId: number): Promise<DeliveryRow> {
  const [row, ...others] = await listDeliveries(db.kysely, incidentId, { skip: 0, limit: 10 });
  if (row === undefined || others.length > 0) throw new Error(`${others.length} more than one delivery`);
  return row;
}

/** A delivery that gathers with others for a digest of `recipient`. */
export const gatheredDelivery = (db: Db, recipient: string): Promise<DeliveryRow> =>
  someDelivery(db, {
    recipients: [recipient],
    storm: { threshold: 0, windowSeconds: 60, digestAfterSeconds: 30 },
  });

/** An outbox as a test looks at it. */
export interface OutboxView {
  id: number;
  channel: 'email' | 'telegram';
  address: string;
  owner: string | null;
  wakeups: number;
  /** Seconds from now until the next look; null when nothing waits. */
  due_in: number | null;
  /** Seconds from now until it opens; null when it never was closed. */
  closed_for: number | null;
  burst: number;
}

/** Every outbox, by channel and address. */
export async function outboxes(db: Db): Promise<OutboxView[]> {
  const { rows } = await db.pool.query<OutboxView>(
    `select id, channel, address, owner, wakeups, burst,
       case when isfinite(due_at) then extract(epoch from due_at - now())::float8 end as due_in,
       extract(epoch from closed_until - now())::float8 as closed_for
     from outboxes order by channel, address`,
  );
  return rows;
}

/** A job that waits in the queue. */
export interface WaitingJob {
  task: string;
  payload: Record<string, unknown>;
  key: string | null;
  /** Seconds from now. */
  in: number;
}

/** Everything that is queued, in the order in which it was. */
export async function waitingJobs(db: Db): Promise<WaitingJob[]> {
  const { rows } = await db.pool.query<WaitingJob>(
    `select jobs.task_identifier as task, details.payload, jobs.key,
       extract(epoch from jobs.run_at - now())::float8 as in
     from graphile_worker.jobs join graphile_worker._private_jobs as details using (id) order by id`,
  );
  return rows;
}

/** Empties every table that deliveries are about, and the queue; `THIS_POOL` lives. */
export async function forgetDeliveries(db: Db): Promise<void> {
  await db.pool.query(
    `truncate incidents, incident_events, deliveries, outboxes, worker_pools, graphile_worker._private_jobs
     restart identity`,
  );
  await keepAlive(db);
}
