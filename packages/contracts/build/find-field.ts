import type * as z from 'zod';

/** The schema below optional, nullable, array and record schemas. */
function innerSchema(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return innerSchema(def.innerType);
    case 'array':
      return innerSchema(def.element);
    case 'record':
      return innerSchema(def.valueType);
    default:
      return schema;
  }
}

/** The schema of a field below an object schema; undefined if it has none. */
export function findField(schema: z.core.$ZodType, path: string[]): z.core.$ZodType | undefined {
  let found: z.core.$ZodType | undefined = schema;
  for (const name of path) {
    const { def }: z.core.$ZodTypes['_zod'] = (innerSchema(found) as z.core.$ZodTypes)._zod;
    found = def.type === 'object' ? def.shape[name] : undefined;
    if (found === undefined) return undefined;
  }
  return found;
}
