import type { Messages } from './messages.ts';

/** The severity in words; an unknown one as it is. */
export const describeSeverity = (severity: string, { severities }: Messages): string =>
  severities.get(severity) ?? severity;
