/** Everything that the worker says to a person, in one language. The channels give it their form. */
export interface Messages {
  /** The language, for the `lang` of HTML. */
  language: string;
  /** First line of a message about an incident. */
  heading(incident: { id: number }, event: { kind: 'created' | 'updated' }): string;
  /** Names an incident, whatever has become of it since. */
  title(incident: { id: number }): string;
  /** Of an e-mail; the same for every event of an incident, so that mail programs show one thread. */
  subject(incident: { id: number; text: string }): string;
  labels: { status: string; source: string; created: string };
  /** First line, and subject, of a digest. */
  digestHeading(incidents: number): string;
}
