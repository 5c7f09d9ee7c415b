import * as z from 'zod';

/** Texts are Markdown. */
export interface VariableDescription {
  name: string;
  default: unknown;
  /** The behaviour without the variable; undefined: its default counts. */
  whenUnset: string | undefined;
  values: string;
  meaning: string;
}

/** The keywords of a variable's JSON Schema; `unit` and `whenUnset` come from `.meta()`. */
const Keywords = z.object({
  description: z.string(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  unit: z.string().optional(),
  whenUnset: z.string().optional(),
});

/**
 * The variables of an environment's schema.
 * @throws an error that names a variable without a description, or with neither a default nor `whenUnset`
 */
export const describeVariables = (variables: z.core.$ZodShape): VariableDescription[] =>
  Object.entries(variables).map(([name, schema]) => {
    const keywords = readKeywords(name, schema);
    const { whenUnset, description: meaning } = keywords;
    if (whenUnset === undefined && keywords.default === undefined)
      throw new Error(`${name} has neither a default nor "whenUnset" in its .meta()`);
    return { name, default: keywords.default, whenUnset, values: allowedValues(keywords), meaning };
  });

function readKeywords(name: string, schema: z.core.$ZodType): z.output<typeof Keywords> {
  const keywords = Keywords.safeParse(z.toJSONSchema(schema, { unrepresentable: 'any' }));
  if (!keywords.success) throw new Error(`The .meta() of ${name}: ${z.prettifyError(keywords.error)}`);
  return keywords.data;
}

function allowedValues({ enum: values, minimum, maximum, unit }: z.output<typeof Keywords>): string {
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  if (minimum === undefined || maximum === undefined) return 'text';
  const range = `${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}`;
  return unit === undefined ? range : `${range} ${unit}`;
}
