import { Severity } from '@incidents/contracts';
import * as z from 'zod';
import type { ConfiguredRecipient } from './engine/channel.ts';

type Filter = Pick<ConfiguredRecipient, 'sources' | 'severities'>;

const FILTER_PARAMETERS = ['source', 'severity'];

const SEVERITIES: readonly string[] = Severity.options;

/** A severity behind a comma belongs to the filter before it: it is no recipient. */
const SEPARATOR = new RegExp(`,(?!\\s*(?:${SEVERITIES.join('|')})\\s*(?:[,&]|$))`);

export interface RecipientSyntax {
  /** The index of the `?`, or -1. */
  findFilter(entry: string): number;
  /** Undefined when it is valid. */
  explainMistake(recipient: string): string | undefined;
  entryName: string;
}

/** `a@b.ru, c@d.ru?source=x&severity=critical,error` */
export const createRecipientListSchema = (options: RecipientSyntax) =>
  z.string().transform((value, context) => {
    const addIssue = (message: string) => context.addIssue({ code: 'custom', message });
    const entries = value
      .split(SEPARATOR)
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
      const filter = filterIndex < 0 ? { sources: null } : parseFilter(entry.slice(filterIndex + 1));
      if (typeof filter === 'string') addIssue(`${JSON.stringify(entry)}: ${filter}`);
      else recipients.set(recipient, { recipient, ...filter });
    }
    if (entries.length === 0) addIssue(`at least one ${options.entryName} is expected, separated by commas`);
    return [...recipients.values()];
  });

function parseFilter(query: string): Filter | string {
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((name) => !FILTER_PARAMETERS.includes(name));
  if (unknown !== undefined) {
    return `${JSON.stringify(unknown)} is no filter; there is ${FILTER_PARAMETERS.join(', ')}`;
  }
  const sources = parameters.getAll('source');
  const severities = parameters
    .getAll('severity')
    .flatMap((list) => list.split(',').map((name) => name.trim()));
  if (sources.length + severities.length === 0) {
    return 'a filter is expected behind the "?": ?source=billing or ?severity=critical,error';
  }
  if (sources.includes('')) return 'the source is empty';
  const wrong = severities.find((severity) => !SEVERITIES.includes(severity));
  if (wrong !== undefined) {
    return `${JSON.stringify(wrong)} is no severity; there is ${SEVERITIES.join(', ')}`;
  }
  return {
    sources: sources.length > 0 ? [...new Set(sources)] : null,
    ...(severities.length > 0 && { severities: [...new Set(severities)] }),
  };
}
