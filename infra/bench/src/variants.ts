export interface Variant {
  name: string;
  /** Whether it requires a key and uses Redis, if the machine has one. */
  hasAuthAndRedis: boolean;
  apis: number;
  incidents: number;
  waitingJobs: number;
  /** Clients of `GET /incidents/stream`. */
  streamClients: number;
}

export const SEEDED_INCIDENTS = 10_000;

/** The production set-up, with which all targets are compared. */
export const service: Variant = {
  name: 'service',
  hasAuthAndRedis: true,
  apis: 1,
  incidents: SEEDED_INCIDENTS,
  waitingJobs: 0,
  streamClients: 0,
};

export const extraVariants: Variant[] = [
  { ...service, name: 'open, no Redis', hasAuthAndRedis: false },
  { ...service, name: 'two processes', apis: 2 },
  { ...service, name: 'one stream client', streamClients: 1 },
  { ...service, name: '1,000,000 incidents', incidents: 1_000_000 },
  { ...service, name: '300,000 waiting jobs', waitingJobs: 300_000 },
];
