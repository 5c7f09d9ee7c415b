import type { Paths } from './document.ts';

/** Swagger UI fills `example` into the form, where it would filter; `examples` it only shows. */
export function adaptParameters(paths: Paths): void {
  const parameters = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap((operation) => operation.parameters),
  );
  for (const parameter of parameters) {
    if ('$ref' in parameter) continue;
    const { example, description: _, ...schema } = parameter.schema;
    // The description stands beside the schema already.
    parameter.schema = schema;
    if (example === undefined) continue;
    Object.assign(schema, parameter.in === 'query' ? { examples: [example] } : { example });
  }
}
