import type * as z from 'zod';
import { describeVariables } from './describe-variables.ts';

const code = (value: unknown) => `\`${value}\``;

/**
 * The variables of an environment's schema as a Markdown table.
 * @throws an error of `describeVariables`
 */
export function variableTable(variables: z.core.$ZodShape): string {
  const rows = describeVariables(variables).map((variable) => [
    code(variable.name),
    variable.whenUnset ?? code(variable.default),
    variable.values,
    variable.meaning,
  ]);
  return [['variable', 'default', 'values', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
