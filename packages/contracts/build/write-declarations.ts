import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { documentShapes } from './document-shapes.ts';
import { printTypes, type SchemaType } from './print-types.ts';

// After tsc: adds the descriptions to its declarations, repeats them for CommonJS, and writes those of the types entry.
const source = join(import.meta.dirname, '../src');
const dist = join(import.meta.dirname, '../dist');

const SCHEMA_TYPE = /^export type (\w+) = z\.(infer|input)<typeof (\w+)>;$/gm;

/** tsc keeps the specifiers of the sources in declarations. */
const replaceExtension = (declarations: string, extension: string) =>
  declarations.replaceAll(/((?:from '|import\(")\.\/[\w-]+)\.ts/g, `$1.${extension}`);

async function writeDeclarations(module: string, declarations: string): Promise<void> {
  await writeFile(join(dist, `${module}.d.ts`), replaceExtension(declarations, 'js'));
  await writeFile(join(dist, `${module}.d.cts`), replaceExtension(declarations, 'cjs'));
}

const types: SchemaType[] = [];
const files = (await readdir(dist)).filter((file) => file.endsWith('.d.ts') && file !== 'types.d.ts');
for (const file of files) {
  const module = basename(file, '.d.ts');
  const declarations = await readFile(join(dist, file), 'utf8');
  const schemas: Record<string, unknown> = await import(join(source, `${module}.ts`));
  for (const [, name, direction, schemaName] of declarations.matchAll(SCHEMA_TYPE)) {
    const schema = schemas[schemaName ?? ''];
    if (!(schema instanceof z.core.$ZodType)) throw new Error(`${module} exports no schema ${schemaName}`);
    types.push({ name: name ?? '', direction: direction as SchemaType['direction'], schema });
  }
  await writeDeclarations(module, documentShapes(declarations, schemas));
}
await writeDeclarations('types', printTypes(types));
await writeFile(join(dist, 'types.cjs'), '');
