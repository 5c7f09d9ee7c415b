import type { Context } from '@incidents/core/context';
import { HEARTBEAT_SECONDS, heartbeatTask, LEASE_SECONDS } from '@incidents/db/lease';
import { rescheduleFutureDeliveries } from '@incidents/db/queries/delivery/reschedule-future-deliveries';
import { rescheduleFutureJobs } from '@incidents/db/queries/job/queue-tables';
import { queueHeartbeat } from '@incidents/db/queries/worker-pool/queue-heartbeat';
import { reapExpiredPools } from '@incidents/db/queries/worker-pool/reap-expired-pools';
import { type NewWorkerPool, registerPool } from '@incidents/db/queries/worker-pool/register-pool';
import { releasePool } from '@incidents/db/queries/worker-pool/release-pool';
import { renewLease } from '@incidents/db/queries/worker-pool/renew-lease';
import { repairQueue } from '@incidents/db/queries/worker-pool/repair-queue';
import { requeueUnknownTasks } from '@incidents/db/queries/worker-pool/requeue-unknown-tasks';

const REPAIR_EVERY = 10;

/** Jobs per statement, which has to end within the time of a heartbeat. */
const RESCHEDULE_BATCH = 5_000;

const LEASE_MS = LEASE_SECONDS * 1_000;

export interface WorkerLease {
  heartbeatTask: string;
  /** When the last heartbeat job was queued, by `performance.now()`. */
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
  /** The database's clock was set back, by about `seconds` if the pool saw it happen; `jobs` were rescheduled. */
  onClockSetBack(found: { seconds?: number; jobs: number }): void;
}

/**
 * Renews the lease every second, by the database's clock. Each renewal queues a heartbeat job.
 * Only a pool with a fresh lease reaps expired pools, one lease after its start and each late renewal:
 * after a stall of PostgreSQL, or a clock set back, every lease looks expired.
 * @param db with its own connections: behind jobs that wait for one, the lease would expire
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
  // True at first: the clock may have been set back while no pool was alive.
  let mayReschedule = true;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  async function renew(): Promise<void> {
    const silentSeconds = await renewLease(db, pool.id);
    if (hasEnded) return;
    if (silentSeconds === undefined) {
      hasEnded = true;
      events.onLost();
      return;
    }
    const isSetBack = silentSeconds < 0;
    // The other pools' heartbeats lie in the future too, until each has sent its next one.
    if (silentSeconds > LEASE_SECONDS / 2 || isSetBack) mayReapFrom = performance.now() + LEASE_MS;
    await queueHeartbeat(db, slot);
    lastQueuedAt = performance.now();
    if (mayReschedule || isSetBack) {
      mayReschedule = true;
      const jobs = await rescheduleFutureJobs(db, RESCHEDULE_BATCH);
      await rescheduleFutureDeliveries(db);
      mayReschedule = jobs === RESCHEDULE_BATCH;
      if (isSetBack || jobs > 0) {
        events.onClockSetBack({ ...(isSetBack && { seconds: Math.round(-silentSeconds) }), jobs });
      }
    }
    if (mayRequeue) mayRequeue = await requeueUnknownTasks(db, pool.tasks);
    if (performance.now() >= mayReapFrom) await reap();
  }

  async function reap(): Promise<void> {
    const reaped = await reapExpiredPools(db, pool.id);
    if (reaped.length > 0) events.onReaped(reaped);
    if (reaped.length === 0 && reapings++ % REPAIR_EVERY !== 0) return;
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
    heartbeatTask: heartbeatTask(slot),
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
