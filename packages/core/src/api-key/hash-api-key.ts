import { hash } from 'node:crypto';

/** What is kept of a key: its SHA-256. */
export const hashApiKey = (key: string): Buffer => hash('sha256', key, 'buffer');
