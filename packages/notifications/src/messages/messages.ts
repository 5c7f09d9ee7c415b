/** Everything that the worker says to a person, in one language. The channels give it their form. */
export interface Messages {
  /** The language, for the `lang` of HTML. */
  language: string;
  /** Names an incident in any state. */
  title(incident: { id: number }): string;
  /** Names a new incident. */
  newTitle(incident: { id: number }): string;
  /** Of an e-mail; the same for every event of an incident, so that mail programs show one thread. */
  subject(incident: { id: number; text: string }): string;
  labels: {
    status: string;
    /** Of the present status, where an event tells of an earlier one. */
    statusNow: string;
    source: string;
    created: string;
    /** Of the latest change. */
    change: string;
    actor: string;
  };
  /** Text of the link to an incident's page. */
  openIncident: string;
  actors: {
    /** A caller without a key. */
    anonymous: string;
    /** The holder of ADMIN_API_KEY. */
    adminKey: string;
    key(key: { id: string; name: string }): string;
  };
  /** First line, and subject, of a digest. */
  digestHeading(incidents: number): string;
  /** A message that only shows that messages arrive. */
  test: { subject: string; text: string };
}
