import type { Paths, Schema } from './document.ts';

/** Moves defaults of request bodies into their descriptions: generated types would demand these fields. */
export function describeDefaults(paths: Paths, schemas: Record<string, Schema>): void {
  const bodies = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {})),
  );
  for (const { schema } of bodies) {
    const body = schema?.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1) ?? ''];
    for (const property of Object.values(body?.properties ?? {})) {
      if (property.default === undefined) continue;
      property.description = `${property.description ?? ''} Default: \`${property.default}\`.`.trim();
      delete property.default;
    }
  }
}
