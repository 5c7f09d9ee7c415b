import type { Parameter, Paths } from './document.ts';

/** Replaces parameters that several operations have by references. Returns `components.parameters`. */
export function shareParameters(paths: Paths): Record<string, Parameter> {
  const uses = new Map<string, number>();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  for (const { operation } of operations) {
    for (const parameter of operation.parameters) {
      const text = JSON.stringify(parameter);
      uses.set(text, (uses.get(text) ?? 0) + 1);
    }
  }
  const shared: Record<string, Parameter> = {};
  for (const { path, operation } of operations) {
    operation.parameters = operation.parameters.map((parameter) => {
      const text = JSON.stringify(parameter);
      if ('$ref' in parameter || uses.get(text) === 1) return parameter;
      const name = nameOf(parameter, path);
      shared[name] ??= parameter;
      // Another parameter may have the name already.
      return JSON.stringify(shared[name]) === text ? { $ref: `#/components/parameters/${name}` } : parameter;
    });
  }
  return shared;
}

/** `IncidentPathId`, `Skip`, `Limit100`: lists differ in their largest page. */
function nameOf({ name, in: place, schema }: Parameter, path: string): string {
  if (place === 'path') return `${entityOf(path)}Path${pascalCase(name)}`;
  return `${pascalCase(name)}${name === 'limit' ? schema.maximum : ''}`;
}

const entityOf = (path: string) =>
  pascalCase(path.split('/')[1]?.replace(/ies$/, 'y').replace(/s$/, '') ?? '');

const pascalCase = (name: string) =>
  name.replaceAll(/(?:^|[_-])(\w)/g, (_, letter: string) => letter.toUpperCase());
