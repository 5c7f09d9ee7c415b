import { setTimeout as sleep } from 'node:timers/promises';
import { Statistics } from '@incidents/contracts';
import { type Judgement, judge } from './accepted-incidents.ts';
import { deadLocks, jobsLeft, orphans, storedIncidents } from './records.ts';
import type { Reporting } from './reporting.ts';
import type { Result } from './scenario.ts';
import type { Stack } from './stack.ts';

/** What a scenario allows beyond what always holds. */
export interface Allowance {
  /** Seconds within which everything has to be done once nothing is reported any more. */
  drainSeconds?: number;
  /** Connections to the API may break: it is being killed. */
  brokenConnections?: boolean;
  /** 503 may be answered: the database is away. */
  unavailable?: boolean;
  duplicates?: number;
  /** Milliseconds. */
  recovery?: number;
  worstDelay?: number;
  /** Ids of jobs that cannot succeed. */
  failedJobs?: number[];
}

/**
 * Ends the reporting, waits until everything is done that can be, and holds it against what always has to be true.
 * @param recovery as measured; told when the reporting has ended, and asked until it knows
 */
export async function settle(
  stack: Stack,
  reporting: Reporting,
  allowance: Allowance,
  recovery: () => (number | undefined)[] = () => [],
): Promise<Result> {
  const { postgres, mail, bot, apis, workers } = stack;
  await reporting.stop();
  const began = performance.now();
  const until = began + (allowance.drainSeconds ?? 45) * 1_000;
  const arrivals = () => [...mail.arrivals, ...bot.arrivals];
  const look = async () => {
    const stored = await storedIncidents(postgres);
    const left = await jobsLeft(postgres, allowance.failedJobs ?? []);
    const locked = await deadLocks(
      postgres,
      workers.map(({ child }) => child.pid),
    );
    const counted = await countedIncidents(apis[0]?.url);
    const judgement = judge(reporting.attempts, stored, arrivals());
    const done =
      left.length === 0 &&
      locked.length === 0 &&
      counted === stored.length &&
      judgement.lost.length + judgement.halves.length === 0 &&
      recovery().every((one) => one !== undefined);
    return { stored, left, locked, counted, judgement, done };
  };
  let seen = await look();
  while (!seen.done && performance.now() < until) {
    await sleep(250);
    seen = await look();
  }
  const { stored, left, locked, counted, judgement } = seen;
  const drained = seconds(performance.now() - began);
  const recoveries = recovery();
  const longest = recoveries.some((one) => one === undefined)
    ? undefined
    : Math.max(...recoveries.filter((one) => one !== undefined));
  const lateness = Math.max(judgement.worstDelay.email, judgement.worstDelay.telegram);
  const services = [...apis, ...workers];
  const orphaned = await orphans(postgres);

  const failures = [
    judgement.created === 0 && 'nothing was created',
    some(judgement.lost, 'lost'),
    some(judgement.halves, 'neither whole nor absent'),
    judgement.phantoms > 0 && `${judgement.phantoms} messages about incidents that do not exist`,
    orphaned > 0 && `${orphaned} events and deliveries without an incident`,
    some(left, 'jobs left'),
    some(locked, 'locked by the dead'),
    counted !== stored.length && `the statistics say ${counted}, not ${stored.length}`,
    unexpectedAnswers(judgement, allowance),
    some(brokenConnections(reporting, allowance), 'connections to the API broke'),
    judgement.duplicates > (allowance.duplicates ?? 0) &&
      `${judgement.duplicates} duplicates, more than ${allowance.duplicates ?? 0}`,
    allowance.worstDelay !== undefined &&
      lateness > allowance.worstDelay &&
      `the worst delay is above ${seconds(allowance.worstDelay)}`,
    recoveries.length > 0 && longest === undefined && 'work did not flow again',
    allowance.recovery !== undefined &&
      longest !== undefined &&
      longest > allowance.recovery &&
      `recovery took longer than ${seconds(allowance.recovery)}`,
    some(
      services.flatMap(({ deaths }) => deaths),
      'processes died',
    ),
  ].filter((failure) => failure !== false);
  const slowest = Math.max(0, ...reporting.attempts.map(({ sentAt, answeredAt }) => answeredAt - sentAt));
  return {
    judgement,
    recovery: recoveries.length === 0 ? undefined : longest,
    failures,
    figures: [
      `answers: 201 × ${judgement.created}${Object.entries(judgement.refused)
        .map(([status, times]) => `, ${status} × ${times}`)
        .join(
          '',
        )}, without a 201 but stored: ${judgement.unanswered.stored} of ${judgement.unanswered.attempts}`,
      `slowest answer ${seconds(slowest)}; worst delay by mail ${seconds(judgement.worstDelay.email)}, in Telegram ${seconds(judgement.worstDelay.telegram)}; drained in ${drained}`,
      ...troublesOf(stack, failures.length > 0 ? 8 : 0),
    ],
  };
}

/** Seconds in words. */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

const some = (found: string[], what: string): string | false =>
  found.length > 0 &&
  `${found.length} ${what}: ${found.slice(0, 3).join('; ')}${found.length > 3 ? '; …' : ''}`;

function unexpectedAnswers({ refused }: Judgement, { unavailable = false }: Allowance): string | false {
  const unexpected = Object.entries(refused).filter(([status]) => !(unavailable && status === '503'));
  return (
    unexpected.length > 0 &&
    `answered with ${unexpected.map(([status, times]) => `${status} × ${times}`).join(', ')}`
  );
}

function brokenConnections({ attempts }: Reporting, allowance: Allowance): string[] {
  if (allowance.brokenConnections) return [];
  return attempts.flatMap(({ answer }) => (answer.kind === 'broken' ? [answer.error] : []));
}

/** How many incidents the service says that there are. */
async function countedIncidents(apiUrl: string | undefined): Promise<number | undefined> {
  try {
    return Statistics.parse(await (await fetch(`${apiUrl}/statistics`)).json()).total;
  } catch {
    return undefined;
  }
}

/** What the services complained of, the most frequent first. */
function troublesOf({ apis, workers }: Stack, most: number): string[] {
  const troubles = new Map<string, number>();
  for (const { name, log } of [...apis, ...workers]) {
    for (const line of log) {
      if (line.level === 'info') continue;
      const err = line.err as { message?: string } | undefined;
      const trouble = `${name}: ${line.level}: ${line.msg}${err?.message ? ` (${err.message.slice(0, 100)})` : ''}`;
      troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
    }
  }
  return [...troubles]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([trouble, times]) => `${times} × ${trouble}`);
}
