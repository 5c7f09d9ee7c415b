import { findEscalationFailures, readEscalatedIncidents } from './check-escalations.ts';
import type { Reporting } from './reporting.ts';
import type { Result } from './scenario.ts';
import type { Stack } from './stack.ts';
import { takeIncidents } from './take-incidents.ts';

const ESCALATE_AFTER_SECONDS = 2;

/** Variables of API and workers for `watchEscalations`. */
export const ESCALATION_ENV = { ESCALATE_AFTER: `error=${ESCALATE_AFTER_SECONDS}s` };

export interface EscalationWatch {
  findFailures(): Promise<string[]>;
  /** Stops taking incidents, and adds the number of escalations to the result. */
  finish(result: Result): Promise<void>;
}

/** Takes the incidents of `reporting`, half of them only after their escalation. So escalations fall due all the time. */
export function watchEscalations(stack: Stack, reporting: Reporting): EscalationWatch {
  const { postgres, mail, bot, cleanup } = stack;
  const taking = takeIncidents(stack, reporting);
  // A scenario that breaks off does not finish.
  cleanup.add(taking.stop);
  const readIncidents = () => readEscalatedIncidents(postgres, ESCALATE_AFTER_SECONDS);
  return {
    findFailures: async () =>
      findEscalationFailures(await readIncidents(), [...mail.arrivals, ...bot.arrivals]),
    async finish({ figures, failures }) {
      await taking.stop();
      const escalated = (await readIncidents()).filter(({ escalations }) => escalations > 0);
      const total = escalated.reduce((sum, { escalations }) => sum + escalations, 0);
      figures.unshift(`${total} escalations of ${escalated.length} incidents`);
      if (total === 0) failures.push('nothing escalated');
    },
  };
}
