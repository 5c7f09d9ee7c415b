import { hash } from 'node:crypto';

export const hashApiKey = (key: string): Buffer => hash('sha256', key, 'buffer');
