import { Statistics } from '@incidents/contracts';
import { waitUntil } from '@incidents/testing/wait-until';
import { findLogProblems } from '../processes/log-problems.ts';
import { type Audit, auditIncidents } from './accepted-incidents.ts';
import { countOrphans, findDeadLocks, findUnfinishedJobs, readStoredIncidents } from './records.ts';
import type { Reporting } from './reporting.ts';
import type { Result } from './scenario.ts';
import type { Stack } from './stack.ts';

export interface Allowance {
  /** Seconds from the last report until all work is done. */
  drainSeconds?: number;
  /** Connections to the API may break, because it is killed. */
  brokenConnections?: boolean;
  /** The API may answer 503, because the database is away. */
  unavailable?: boolean;
  duplicates?: number;
  /** Unix times in milliseconds at which faults ended; messages about later incidents have to arrive after each. */
  recoverFrom?: number[];
  /** Longest recovery and delay, in milliseconds. */
  recovery?: number;
  worstDelay?: number;
  /** Ids of jobs that cannot succeed. */
  failedJobs?: number[];
  /** Returns broken invariants that only this scenario has; the work is done when there are none. */
  findFailures?: () => Promise<string[]>;
}

/** Ends the reporting, waits for all work to be done, and checks the invariants of every scenario. */
export async function checkInvariants(
  stack: Stack,
  reporting: Reporting,
  allowance: Allowance,
): Promise<Result> {
  const { postgres, mail, bot, apis, workers } = stack;
  const services = [...apis, ...workers];
  await reporting.stop();
  const began = performance.now();
  const recoverFrom = allowance.recoverFrom ?? [];
  const inspect = async () => {
    // Before the other reads: without failures all incidents are taken, so no event comes between events and messages.
    const own = (await allowance.findFailures?.()) ?? [];
    const stored = await readStoredIncidents(postgres);
    const unfinished = await findUnfinishedJobs(postgres, allowance.failedJobs ?? []);
    const workerPids = workers.map(({ child }) => child.pid);
    const locked = await findDeadLocks(postgres, workerPids);
    const counted = await readTotal(apis[0]?.url);
    const audit = auditIncidents(reporting.attempts, stored, [...mail.arrivals, ...bot.arrivals]);
    const recoveries = recoverFrom.map((moment) => reporting.measureRecovery(moment));
    const isDone =
      own.length + unfinished.length + locked.length + audit.lost.length + audit.partial.length === 0 &&
      counted === stored.length &&
      !recoveries.includes(undefined);
    return { stored, own, unfinished, locked, counted, audit, recoveries, isDone };
  };
  let seen = await inspect();
  const drain = async () => {
    if (!seen.isDone) seen = await inspect();
    return seen.isDone;
  };
  await waitUntil(drain, (allowance.drainSeconds ?? 45) * 1_000, 250);
  const { stored, own, unfinished, locked, counted, audit, recoveries } = seen;
  const drained = formatSeconds(performance.now() - began);
  const known = recoveries.filter((recovery) => recovery !== undefined);
  const recovery = known.length === recoveries.length && known.length > 0 ? Math.max(...known) : undefined;
  const worstDelay = Math.max(audit.worstDelay.email, audit.worstDelay.telegram);
  const orphans = await countOrphans(postgres);
  const broken = reporting.attempts.flatMap(({ answer }) => (answer.kind === 'broken' ? [answer.error] : []));

  const failures = [
    formatList(own, 'broken invariants of the scenario'),
    audit.created === 0 && 'nothing was created',
    formatList(audit.lost, 'lost'),
    formatList(audit.partial, 'partial'),
    audit.phantoms > 0 && `${audit.phantoms} messages about incidents that do not exist`,
    orphans > 0 && `${orphans} events and deliveries without an incident`,
    formatList(unfinished, 'unfinished jobs'),
    formatList(locked, 'jobs locked by dead workers'),
    counted !== stored.length && `the statistics count ${counted} incidents, not ${stored.length}`,
    listUnexpectedAnswers(audit, allowance),
    !allowance.brokenConnections && formatList(broken, 'connections to the API broke'),
    audit.duplicates > (allowance.duplicates ?? 0) &&
      `${audit.duplicates} duplicates, more than ${allowance.duplicates ?? 0}`,
    worstDelay > (allowance.worstDelay ?? Number.POSITIVE_INFINITY) &&
      `the worst delay is ${formatSeconds(worstDelay)}`,
    known.length < recoveries.length && 'work did not resume',
    (recovery ?? 0) > (allowance.recovery ?? Number.POSITIVE_INFINITY) &&
      `recovery took ${formatSeconds(recovery ?? 0)}`,
    formatList(
      services.flatMap(({ deaths }) => deaths),
      'processes died',
    ),
  ].filter((failure) => failure !== false);
  const slowest = Math.max(0, ...reporting.attempts.map(({ sentAt, answeredAt }) => answeredAt - sentAt));
  const answers = [['201', audit.created], ...Object.entries(audit.refused)].map(
    ([status, times]) => `${status} × ${times}`,
  );
  const problems = failures.length > 0 ? findLogProblems(services).slice(0, 8) : [];
  return {
    audit,
    recovery,
    failures,
    figures: [
      `answers: ${answers.join(', ')}, without a 201 but stored: ${audit.unanswered.stored} of ${audit.unanswered.attempts}`,
      `slowest answer ${formatSeconds(slowest)}; worst delay by mail ${formatSeconds(audit.worstDelay.email)}, in Telegram ${formatSeconds(audit.worstDelay.telegram)}; drained in ${drained}`,
      ...problems.map(({ text, times }) => `${times} × ${text}`),
    ],
  };
}

export const formatSeconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

const formatList = (found: string[], what: string): string | false =>
  found.length > 0 &&
  `${found.length} ${what}: ${found.slice(0, 3).join('; ')}${found.length > 3 ? '; …' : ''}`;

function listUnexpectedAnswers({ refused }: Audit, { unavailable = false }: Allowance): string | false {
  const unexpected = Object.entries(refused).filter(([status]) => !(unavailable && status === '503'));
  return (
    unexpected.length > 0 &&
    `answered with ${unexpected.map(([status, times]) => `${status} × ${times}`).join(', ')}`
  );
}

async function readTotal(apiUrl: string | undefined): Promise<number | undefined> {
  try {
    return Statistics.parse(await (await fetch(`${apiUrl}/statistics`)).json()).total;
  } catch {
    return undefined;
  }
}
