/** All texts of messages in one language. The channels format them. */
export interface Messages {
  /** For the `lang` attribute of HTML. */
  language: string;
  title(incident: { id: number }): string;
  newTitle(incident: { id: number }): string;
  /** Of a mail; the same for every event of an incident, so that mail clients show one thread. */
  subject(incident: { id: number; text: string }): string;
  labels: {
    status: string;
    /** Of the present status, when it differs from that of the event. */
    statusNow: string;
    source: string;
    created: string;
    /** Of the latest change. */
    change: string;
    actor: string;
  };
  /** Text of the link to the page of an incident. */
  openIncident: string;
  actors: {
    anonymous: string;
    adminKey: string;
    key(key: { id: string; name: string }): string;
  };
  /** First line and subject of a digest. */
  digestHeading(incidents: number): string;
  test: { subject: string; text: string };
}
