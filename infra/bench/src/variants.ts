/** A way to run this service. */
export interface Variant {
  name: string;
  /** Whether it wants a key and has a Redis, where the machine has one; else it is open and has none. */
  guarded: boolean;
  apis: number;
  incidents: number;
  waitingJobs: number;
}

/** Rows that scenarios read and change. */
export const INCIDENTS = 10_000;

/** The service as it is deployed; every other target is compared with it. */
export const service: Variant = {
  name: 'service',
  guarded: true,
  apis: 1,
  incidents: INCIDENTS,
  waitingJobs: 0,
};

/** Further targets of `--full`. */
export const furtherVariants: Variant[] = [
  { ...service, name: 'open, no Redis', guarded: false },
  { ...service, name: 'two processes', apis: 2 },
  { ...service, name: '1,000,000 incidents', incidents: 1_000_000 },
  { ...service, name: '300,000 waiting jobs', waitingJobs: 300_000 },
];
