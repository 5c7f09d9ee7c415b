import type { Severity } from '@incidents/contracts';

/** The highest first. */
export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const satisfies Severity[];
