import * as z from 'zod';

/** The keywords of a variable's JSON Schema that the table shows; `unit` and `whenUnset` come from `.meta()`. */
const Keywords = z.object({
  description: z.string(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  unit: z.string().optional(),
  whenUnset: z.string().optional(),
});

const code = (value: unknown) => `\`${value}\``;

/**
 * The variables of an environment's schema as a Markdown table.
 * @throws an error that names a variable without a description, or with neither a default nor `whenUnset`
 */
export function variableTable(variables: z.core.$ZodShape): string {
  const rows = Object.entries(variables).map(([name, schema]) => {
    const keywords = readKeywords(name, schema);
    if (keywords.whenUnset === undefined && keywords.default === undefined)
      throw new Error(`${name} has neither a default nor "whenUnset" in its .meta()`);
    return [
      code(name),
      keywords.whenUnset ?? code(keywords.default),
      allowedValues(keywords),
      keywords.description,
    ];
  });
  return [['variable', 'default', 'values', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function readKeywords(name: string, schema: z.core.$ZodType): z.output<typeof Keywords> {
  const keywords = Keywords.safeParse(z.toJSONSchema(schema, { unrepresentable: 'any' }));
  if (!keywords.success) throw new Error(`The .meta() of ${name}: ${z.prettifyError(keywords.error)}`);
  return keywords.data;
}

function allowedValues({ enum: values, minimum, maximum, unit }: z.output<typeof Keywords>): string {
  if (values) return values.map(code).join(', ');
  if (minimum === undefined || maximum === undefined) return 'text';
  const range = `${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}`;
  return unit === undefined ? range : `${range} ${unit}`;
}
