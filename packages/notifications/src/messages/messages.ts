export interface Messages {
  language: string;
  title(incident: { id: number }): string;
  newTitle(incident: { id: number }): string;
  repeatedTitle(incident: { id: number; occurrences: number }): string;
  escalatedTitle(incident: { id: number }): string;
  /** Of a mail; the same for every event of an incident, so that mail clients show one thread. */
  subject(incident: { id: number; text: string }): string;
  labels: {
    status: string;
    /** Of the present status, when it differs from that of the event. */
    statusNow: string;
    severity: string;
    source: string;
    bot: string;
    assignee: string;
    occurrences: string;
    created: string;
    change: string;
    actor: string;
  };
  severities: Map<string, string>;
  openIncident: string;
  actors: {
    anonymous: string;
    adminKey: string;
    key(key: { id: string; name: string }): string;
  };
  /** By the kind of all entries; `mixed` for entries of several or other kinds. */
  digestHeadings: { created: string; escalated: string; mixed: string };
  test: { subject: string; text: string };
}
