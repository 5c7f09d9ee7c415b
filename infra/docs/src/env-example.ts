import type * as z from 'zod';
import { describeVariables, type VariableDescription } from './describe-variables.ts';

const HEAD = `# Copy this file to .env and remove the "#" before the variables that you set. start, dev, incidents and Compose read it.
# A variable of the environment wins. "npx pnpm@12 configuration" writes this file; docs/configuration.md says more.`;

/** The text of `.env.example`: all variables of the sections, by their titles, as comments. */
export function envExample(sections: Record<string, z.core.$ZodShape>): string {
  const listed = new Set<string>();
  const blocks = Object.entries(sections).flatMap(([title, variables]) => {
    const added = describeVariables(variables).filter(({ name }) => !listed.has(name));
    for (const { name } of added) listed.add(name);
    return [`# --- ${title} ---`, ...added.map(toEntry)];
  });
  return `${[HEAD, ...blocks].join('\n\n')}\n`;
}

const toEntry = ({ name, default: value, whenUnset, values, meaning }: VariableDescription): string =>
  [
    `# ${toPlainText(meaning)}`,
    ...(values === 'text' ? [] : [`# Values: ${toPlainText(values)}`]),
    ...(whenUnset === undefined ? [] : [`# When unset: ${toPlainText(whenUnset)}`]),
    // An empty list or table is described by `whenUnset`.
    `#${name}=${typeof value === 'object' ? '' : (value ?? '')}`,
  ].join('\n');

const toPlainText = (markdown: string) =>
  markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
