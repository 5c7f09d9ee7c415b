/** Waiting incidents, then incidents at a steady rate; a worker sends messages about them. */
export interface NotificationLoad {
  kind: 'notification';
  /** `--only` takes it whole, or up to one of its hyphens. */
  name: string;
  /** Mailboxes, and as many chats. */
  recipients: number;
  /** Waiting incidents per second of `--seconds`. */
  incidents: number;
  /** Runs only with `--full`, or when `--only` has its whole name. */
  isFullOnly: boolean;
}

export interface NoOpLoad {
  kind: 'no-op';
  name: string;
  /** Waiting jobs per second of `--seconds`. */
  jobs: number;
  isFullOnly: boolean;
}

export type WorkerLoad = NotificationLoad | NoOpLoad;

export const workerLoads: WorkerLoad[] = [
  { kind: 'notification', name: 'told-1', recipients: 1, incidents: 500, isFullOnly: false },
  { kind: 'notification', name: 'told-20', recipients: 20, incidents: 50, isFullOnly: true },
  { kind: 'no-op', name: 'no-op-jobs', jobs: 15_000, isFullOnly: false },
];
