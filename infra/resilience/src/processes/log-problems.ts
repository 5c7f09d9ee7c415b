import type { Service } from '@incidents/testing/processes/prepare-service';

/** A log line above level info, without its variable fields, and how often it was written. */
export interface LogProblem {
  level: string;
  text: string;
  times: number;
}

/** The log lines of services above level info, the most frequent first. */
export function findLogProblems(services: Pick<Service, 'name' | 'log'>[]): LogProblem[] {
  const problems = new Map<string, LogProblem>();
  for (const { name, log } of services) {
    for (const { level, msg, err, error } of log) {
      if (level === 'info' || level === 'debug') continue;
      const cause = (err as { message?: string } | undefined)?.message ?? error;
      const text = `${name}: ${level}: ${msg}${cause === undefined ? '' : ` (${String(cause).slice(0, 100)})`}`;
      const problem = problems.get(text) ?? { level, text, times: 0 };
      problem.times += 1;
      problems.set(text, problem);
    }
  }
  return [...problems.values()].sort((a, b) => b.times - a.times);
}

export const hasLoggedErrors = (problems: LogProblem[]): boolean =>
  problems.some(({ level }) => level === 'error' || level === 'fatal');
