import * as z from 'zod';

/** The description of a schema, or else of the one that it makes optional, nullable or transforms. */
export function findDescription(schema: z.core.$ZodType): string | undefined {
  const description = z.globalRegistry.get(schema)?.description;
  if (description !== undefined) return description;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return findDescription(def.innerType);
    case 'pipe':
      return findDescription(def.in);
    default:
      return undefined;
  }
}
