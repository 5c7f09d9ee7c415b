/** Waiting incidents that a worker tells its recipients, then incidents that come at a steady rate. */
export interface ToldLoad {
  kind: 'told';
  /** `--only` takes it whole, or up to one of its hyphens. */
  name: string;
  /** Mailboxes, and as many chats. */
  recipients: number;
  /** Incidents that wait, per second of `--seconds`. */
  incidents: number;
  /** Runs with `--full`, or when `--only` has its whole name. */
  onlyInFull: boolean;
}

/** Jobs of tasks that do nothing. */
export interface NoOpLoad {
  kind: 'no-op';
  name: string;
  /** Jobs that wait, per second of `--seconds`. */
  jobs: number;
  onlyInFull: boolean;
}

/** A load that needs a worker. */
export type WorkerLoad = ToldLoad | NoOpLoad;

/** Every load that needs a worker, in the order of a round. */
export const workerLoads: WorkerLoad[] = [
  { kind: 'told', name: 'told-1', recipients: 1, incidents: 500, onlyInFull: false },
  { kind: 'told', name: 'told-20', recipients: 20, incidents: 50, onlyInFull: true },
  { kind: 'no-op', name: 'no-op-jobs', jobs: 15_000, onlyInFull: false },
];
