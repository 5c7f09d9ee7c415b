import { HEARTBEAT_SECONDS, heartbeatTask, LEASE_SECONDS } from '@incidents/db/lease';
import { rescheduleFutureDeliveries } from '@incidents/db/queries/delivery/reschedule-future-deliveries';
import { rescheduleFutureJobs } from '@incidents/db/queries/job/queue-tables';
import { queueHeartbeat } from '@incidents/db/queries/worker-pool/queue-heartbeat';
import { reapExpiredPools } from '@incidents/db/queries/worker-pool/reap-expired-pools';
import { registerPool } from '@incidents/db/queries/worker-pool/register-pool';
import { releasePool } from '@incidents/db/queries/worker-pool/release-pool';
import { renewLease } from '@incidents/db/queries/worker-pool/renew-lease';
import { repairQueue } from '@incidents/db/queries/worker-pool/repair-queue';
import { requeueUnknownTasks } from '@incidents/db/queries/worker-pool/requeue-unknown-tasks';
import type { Context } from '../context.ts';

/** Heartbeats between two looks at what no pool answers for. */
const TIDY_EVERY = 10;

/** Jobs that are rescheduled in one statement, which has to end within the time that a heartbeat may take. */
const RESCHEDULE_BATCH = 5_000;

/** A pool that is being kept alive. */
export interface KeptPool {
  /** The task of its heartbeat jobs; nobody else runs them. */
  heartbeatTask: string;
  /** When the last heartbeat job was queued, by `performance.now()`. */
  readonly lastQueued: number;
  /** Falls silent, and frees what it had not finished. */
  release(): Promise<void>;
}

/** What the keeper of a pool has to tell. */
export interface KeeperReports {
  /** The pool has been taken for dead: its jobs may be others' by now. It is told once, and the keeper has ended. */
  onLost(): void;
  /** The database did not answer; it is asked again. */
  onTrouble(error: unknown): void;
  /** Pools that had fallen silent, whose jobs are free now. */
  onSwept(pools: string[]): void;
  /** Locks of pools that nobody knows are gone, and jobs whose task nobody knows have failed. */
  onTidied(found: { unlocked: string[]; unknown: number }): void;
  /**
   * The database's clock was set back, by about `seconds` where the pool saw it happen; so many `jobs` that were
   * queued before have been scheduled anew.
   */
  onClockSetBack(found: { seconds?: number; jobs: number }): void;
}

/**
 * Writes a pool down and says every second, by the database's clock, that it is alive; queues its heartbeat jobs; and
 * frees the jobs of pools that have fallen silent, and gives those another chance that waited for its tasks. Whoever has just begun or was late itself frees nothing for one
 * full lease: when the database stood still, or its clock was set back, nobody was heard.
 * @param db with connections of its own: whoever has to wait for one behind jobs looks dead
 */
export async function keepPool(
  db: Context['db'],
  pool: Parameters<typeof registerPool>[1],
  reports: KeeperReports,
): Promise<KeptPool> {
  const slot = await registerPool(db, pool);
  let lastQueued = performance.now();
  let mayFreeFrom = performance.now() + LEASE_SECONDS * 1_000;
  let rounds = 0;
  let mayRevive = true;
  // True at first: the clock may have been set back while no pool was alive.
  let mayReschedule = true;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  async function round(): Promise<void> {
    const silent = await renewLease(db, pool.id);
    if (ended) return;
    if (silent === undefined) {
      ended = true;
      reports.onLost();
      return;
    }
    const isSetBack = silent < 0;
    // The other pools' heartbeats lie in the future too, until each has sent its next one.
    if (silent > LEASE_SECONDS / 2 || isSetBack) mayFreeFrom = performance.now() + LEASE_SECONDS * 1_000;
    await queueHeartbeat(db, slot);
    lastQueued = performance.now();
    if (mayReschedule || isSetBack) {
      mayReschedule = true;
      const jobs = await rescheduleFutureJobs(db, RESCHEDULE_BATCH);
      await rescheduleFutureDeliveries(db);
      mayReschedule = jobs === RESCHEDULE_BATCH;
      if (isSetBack || jobs > 0) {
        reports.onClockSetBack({ ...(isSetBack && { seconds: Math.round(-silent) }), jobs });
      }
    }
    if (mayRevive) mayRevive = await requeueUnknownTasks(db, pool.tasks);
    if (performance.now() < mayFreeFrom) return;
    const swept = await reapExpiredPools(db, pool.id);
    if (swept.length > 0) reports.onSwept(swept);
    if (swept.length === 0 && rounds++ % TIDY_EVERY !== 0) return;
    const tidied = await repairQueue(db);
    if (tidied.unlocked.length > 0 || tidied.unknown > 0) reports.onTidied(tidied);
  }

  let underWay = Promise.resolve();
  const next = () => {
    underWay = round()
      .catch((error) => {
        if (!ended) reports.onTrouble(error);
      })
      .then(() => {
        if (!ended) timer = setTimeout(next, HEARTBEAT_SECONDS * 1_000);
      });
  };
  next();

  return {
    heartbeatTask: heartbeatTask(slot),
    get lastQueued() {
      return lastQueued;
    },
    async release() {
      ended = true;
      clearTimeout(timer);
      await underWay;
      await releasePool(db, pool.id);
    },
  };
}
