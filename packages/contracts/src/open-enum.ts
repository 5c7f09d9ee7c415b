import * as z from 'zod';

/**
 * Any other string parses, too, because a later version may add values. The OpenAPI document has the options as
 * `x-extensible-enum`, so generated clients accept other strings.
 */
export function openEnum<const Option extends string>(
  options: readonly Option[],
  metadata: z.GlobalMeta & { id?: string; description?: string; example?: Option } = {},
): z.ZodType<OpenEnum<Option>, OpenEnum<Option>> & { options: readonly Option[] } {
  const known = `Known values: ${options.map((option) => `\`${option}\``).join(', ')}. A later version may add some.`;
  const schema = z.string().meta({
    ...metadata,
    description: metadata.description === undefined ? known : `${metadata.description} ${known}`,
    'x-extensible-enum': options,
  }) as z.ZodType<string, string> as z.ZodType<OpenEnum<Option>, OpenEnum<Option>>;
  return Object.assign(schema, { options });
}

/** Editors complete the known values. */
export type OpenEnum<Option extends string> = Option | (string & {});
