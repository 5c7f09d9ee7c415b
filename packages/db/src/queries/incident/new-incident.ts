/** The fields that a report gives; the database has defaults for the rest. */
export interface NewIncident {
  text: string;
  description: string;
  status: string;
  source: string;
  severity?: string | null | undefined;
  bot?: string | null | undefined;
  assignee?: string | null | undefined;
  labels?: Record<string, string> | null | undefined;
  links?: string[] | null | undefined;
  dedup_key?: string | null | undefined;
}

/** The author of a write and the request behind it. */
export interface Cause {
  actor: string;
  requestId: string;
}

/** The times that decide when an incident is notified about again. */
export interface NotificationPolicy {
  /** Seconds by severity until an incident escalates that has the status `новый`; none for the others. */
  escalateAfterSeconds: Partial<Record<string, number>>;
  /** Seconds from one notification about repeated reports to the next. */
  renotifyAfterSeconds: number;
}
