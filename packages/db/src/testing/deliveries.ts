import type { Db } from '../client.ts';
import type { DeliveryRow } from '../queries/delivery-row.ts';
import { type DeliveryPlan, insertDeliveries } from '../queries/insert-deliveries.ts';
import { insertIncident } from '../queries/insert-incident.ts';
import { listDeliveries } from '../queries/list-deliveries.ts';
import { listEvents } from '../queries/list-events.ts';
import { updateIncident } from '../queries/update-incident.ts';
import { cause, someIncident } from './incidents.ts';
import { keepAlive } from './worker-pools.ts';

/** An event to tell about. */
export interface SomeEvent {
  event_id: number;
  incident_id: number;
}

/** A new incident, without any job. */
export async function someEvent(db: Db): Promise<SomeEvent> {
  const { id } = await insertIncident(db.kysely, someIncident(), cause, []);
  return latestEvent(db, id);
}

/** A change of status of a new incident, without any job. */
export async function someChange(db: Db): Promise<SomeEvent> {
  const { incident_id } = await someEvent(db);
  await updateIncident(db.kysely, incident_id, { status: 'закрыт' }, cause, []);
  return latestEvent(db, incident_id);
}

async function latestEvent(db: Db, incidentId: number): Promise<SomeEvent> {
  const event = (await listEvents(db.kysely, incidentId, { skip: 0, limit: 10 })).at(-1);
  if (event === undefined) throw new Error(`incident ${incidentId} has no history`);
  return { event_id: event.id, incident_id: incidentId };
}

/** A plan of e-mail to one address; what differs is given. */
export const plan = (event: SomeEvent, differing: Partial<DeliveryPlan> = {}): DeliveryPlan => ({
  ...event,
  channel: 'email',
  transport: 'smtp',
  recipients: ['duty@example.com'],
  deliverJob: {
    identifier: 'deliver',
    payload: { incident_id: event.incident_id, request_id: 'r' },
    max_attempts: 25,
  },
  digestJob: {
    identifier: 'send_digest',
    payload: { channel: differing.channel ?? 'email', request_id: 'r' },
    max_attempts: 25,
    run_at: '2100-01-01T00:00:00.000Z',
  },
  ...differing,
});

/** The one delivery of a new incident, which waits for its job. */
export async function someDelivery(db: Db, differing: Partial<DeliveryPlan> = {}): Promise<DeliveryRow> {
  const event = await someEvent(db);
  await insertDeliveries(db.kysely, plan(event, differing));
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
    `truncate incidents, incident_events, deliveries, worker_pools, graphile_worker._private_jobs restart identity`,
  );
  await keepAlive(db);
}
