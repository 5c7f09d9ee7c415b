import * as z from 'zod';
import type { ConfiguredRecipient } from './engine/channel.ts';

const FILTER_PARAMETERS = ['source'];

/** `a@b.ru, c@d.ru?source=x`. `findFilter`: index of `?` or -1; `explainMistake`: undefined if valid. */
export const createRecipientListSchema = (options: {
  findFilter(entry: string): number;
  explainMistake(recipient: string): string | undefined;
  entryName: string;
}) =>
  z.string().transform((value, context) => {
    const addIssue = (message: string) => context.addIssue({ code: 'custom', message });
    const entries = value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const recipients = new Map<string, ConfiguredRecipient>();
    for (const entry of entries) {
      const filterIndex = options.findFilter(entry);
      const recipient = filterIndex < 0 ? entry : entry.slice(0, filterIndex);
      const mistake = options.explainMistake(recipient);
      if (mistake !== undefined) {
        addIssue(mistake);
        continue;
      }
      if (recipients.has(recipient)) addIssue(`${JSON.stringify(entry)}: this recipient is listed twice`);
      const filter = filterIndex < 0 ? undefined : parseFilter(entry.slice(filterIndex + 1));
      if (typeof filter === 'string') addIssue(`${JSON.stringify(entry)}: ${filter}`);
      else recipients.set(recipient, { recipient, sources: filter ?? null });
    }
    if (entries.length === 0) addIssue(`at least one ${options.entryName} is expected, separated by commas`);
    return [...recipients.values()];
  });

function parseFilter(query: string): string[] | string {
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((name) => !FILTER_PARAMETERS.includes(name));
  if (unknown !== undefined) {
    return `${JSON.stringify(unknown)} is no filter; there is ${FILTER_PARAMETERS.join(', ')}`;
  }
  const sources = parameters.getAll('source');
  if (sources.length === 0) return 'a filter is expected behind the "?": ?source=billing';
  if (sources.includes('')) return 'the source is empty';
  return [...new Set(sources)];
}
