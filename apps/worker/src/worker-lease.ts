import type { Context } from '@incidents/core/context';
import { HEARTBEAT_SECONDS, LEASE_SECONDS, toHeartbeatTask } from '@incidents/db/lease';
import { rescheduleFutureDeliveries } from '@incidents/db/queries/delivery/reschedule-future-deliveries';
import { rescheduleFutureEscalations } from '@incidents/db/queries/incident/reschedule-future-escalations';
import { rescheduleFutureJobs } from '@incidents/db/queries/job/queue-tables';
import { queueHeartbeat } from '@incidents/db/queries/worker-pool/queue-heartbeat';
import { reapExpiredPools } from '@incidents/db/queries/worker-pool/reap-expired-pools';
import { type NewWorkerPool, registerPool } from '@incidents/db/queries/worker-pool/register-pool';
import { releasePool } from '@incidents/db/queries/worker-pool/release-pool';
import { renewLease } from '@incidents/db/queries/worker-pool/renew-lease';
import { repairQueue } from '@incidents/db/queries/worker-pool/repair-queue';
import { requeueUnknownTasks } from '@incidents/db/queries/worker-pool/requeue-unknown-tasks';

/** Repairs are costlier than reaps, and rarely needed. */
const REAPS_PER_REPAIR = 10;

/** Per statement, which has to end between two heartbeats. */
const MAX_RESCHEDULED_JOBS = 5_000;

const LEASE_MS = LEASE_SECONDS * 1_000;

export interface WorkerLease {
  heartbeatTask: string;
  /** Time of the last queued heartbeat job, by `performance.now()`. */
  readonly lastQueuedAt: number;
  /** Ends the lease and frees the unfinished jobs. */
  release(): Promise<void>;
}

export interface WorkerLeaseEvents {
  /** Another pool has reaped this one and may run its jobs. Called once; the lease has ended. */
  onLost(): void;
  onError(error: unknown): void;
  onReaped(pools: string[]): void;
  onRepaired(found: { unlocked: string[]; unknown: number }): void;
  /** The database's clock was set back. `seconds`: by how much, if the pool noticed; `jobs`: how many were rescheduled. */
  onClockSetBack(found: { seconds?: number; jobs: number }): void;
}

/**
 * Renews the lease every second, by the database's clock. Each renewal queues a heartbeat job.
 * After a stall of PostgreSQL, or a clock set back, every lease looks expired. So the pool reaps others only
 * after LEASE_SECONDS with timely renewals.
 * @param db with its own connections, because the lease would expire while jobs wait for theirs
 */
export async function acquireWorkerLease(
  db: Context['db'],
  pool: NewWorkerPool,
  events: WorkerLeaseEvents,
): Promise<WorkerLease> {
  const slot = await registerPool(db, pool);
  let lastQueuedAt = performance.now();
  let mayReapFrom = performance.now() + LEASE_MS;
  let reapings = 0;
  let mayRequeue = true;
  // True at first: the clock may have been set back while no pool was running.
  let mayReschedule = true;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  async function renew(): Promise<void> {
    const heartbeatAgeSeconds = await renewLease(db, pool.id);
    if (hasEnded) return;
    if (heartbeatAgeSeconds === undefined) {
      hasEnded = true;
      events.onLost();
      return;
    }
    const isSetBack = heartbeatAgeSeconds < 0;
    // Heartbeats of other pools lie in the future too, until each renews its lease.
    if (heartbeatAgeSeconds > LEASE_SECONDS / 2 || isSetBack) mayReapFrom = performance.now() + LEASE_MS;
    await queueHeartbeat(db, slot);
    lastQueuedAt = performance.now();
    if (mayReschedule || isSetBack) {
      mayReschedule = true;
      const jobs = await rescheduleFutureJobs(db, MAX_RESCHEDULED_JOBS);
      await rescheduleFutureDeliveries(db);
      await rescheduleFutureEscalations(db);
      mayReschedule = jobs === MAX_RESCHEDULED_JOBS;
      if (isSetBack || jobs > 0) {
        events.onClockSetBack({ ...(isSetBack && { seconds: Math.round(-heartbeatAgeSeconds) }), jobs });
      }
    }
    if (mayRequeue) mayRequeue = await requeueUnknownTasks(db, pool.tasks);
    if (performance.now() >= mayReapFrom) await reap();
  }

  async function reap(): Promise<void> {
    const reaped = await reapExpiredPools(db, pool.id);
    if (reaped.length > 0) events.onReaped(reaped);
    if (reaped.length === 0 && reapings++ % REAPS_PER_REPAIR !== 0) return;
    const found = await repairQueue(db);
    if (found.unlocked.length > 0 || found.unknown > 0) events.onRepaired(found);
  }

  let renewal = Promise.resolve();
  const renewLater = () => {
    renewal = renew()
      .catch((error) => {
        if (!hasEnded) events.onError(error);
      })
      .then(() => {
        if (!hasEnded) timer = setTimeout(renewLater, HEARTBEAT_SECONDS * 1_000);
      });
  };
  renewLater();

  return {
    heartbeatTask: toHeartbeatTask(slot),
    get lastQueuedAt() {
      return lastQueuedAt;
    },
    async release() {
      hasEnded = true;
      clearTimeout(timer);
      await renewal;
      await releasePool(db, pool.id);
    },
  };
}
