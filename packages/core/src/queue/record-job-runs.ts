import { type EndedRun, insertJobRuns } from '@incidents/db/queries/job-run/insert-job-runs';
import type { Context } from '../context.ts';

export type { EndedRun };

/** Remembers runs of jobs for a day. */
export const recordJobRuns = (db: Context['db'], runs: EndedRun[]): Promise<void> => insertJobRuns(db, runs);
