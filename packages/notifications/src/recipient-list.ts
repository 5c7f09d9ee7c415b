import * as z from 'zod';
import type { ConfiguredRecipient } from './engine/channel.ts';

/** What a filter may name. */
const PARAMETERS = ['source'];

/**
 * The schema of a setting that lists recipients, separated by commas, each with an optional filter in the syntax of
 * a URL's query: `ops@example.com, billing@example.com?source=billing&source=payments`.
 * @param options.filterAt the index of the `?` between recipient and filter, or -1
 * @param options.findMistake says what is wrong with a recipient
 * @param options.one what one entry is called
 */
export const recipientList = (options: {
  filterAt(entry: string): number;
  findMistake(recipient: string): string | undefined;
  one: string;
}) =>
  z.string().transform((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const entries = value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const recipients = new Map<string, ConfiguredRecipient>();
    for (const entry of entries) {
      const filterAt = options.filterAt(entry);
      const recipient = filterAt < 0 ? entry : entry.slice(0, filterAt);
      const mistake = options.findMistake(recipient);
      if (mistake !== undefined) {
        refuse(mistake);
        continue;
      }
      if (recipients.has(recipient)) refuse(`${JSON.stringify(entry)}: this recipient is listed twice`);
      const filter = filterAt < 0 ? undefined : readFilter(entry.slice(filterAt + 1));
      if (typeof filter === 'string') refuse(`${JSON.stringify(entry)}: ${filter}`);
      else recipients.set(recipient, { recipient, sources: filter ?? null });
    }
    if (entries.length === 0) refuse(`at least one ${options.one} is expected, separated by commas`);
    return [...recipients.values()];
  });

/** @returns the sources that a filter names, each once, or what is wrong with it */
function readFilter(query: string): string[] | string {
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) {
    return `${JSON.stringify(unknown)} is no filter; there is ${PARAMETERS.join(', ')}`;
  }
  const sources = parameters.getAll('source');
  if (sources.length === 0) return 'a filter is expected behind the "?": ?source=billing';
  if (sources.includes('')) return 'the source is empty';
  return [...new Set(sources)];
}
