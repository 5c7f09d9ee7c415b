import * as z from 'zod';
import { findDescription } from './find-description.ts';
import { formatComment } from './format-comment.ts';

/** A type of the package: the output (`infer`) or the input of a schema. */
export interface SchemaType {
  name: string;
  direction: 'infer' | 'input';
  schema: z.core.$ZodType;
}

/** As in `src/open-enum.ts`. */
const OPEN_ENUM = `/** Editors complete the known values. */
export type OpenEnum<Option extends string> = Option | (string & {});
`;

const INDENT = '    ';

/** A transform has no type at run time. Its schema names the JSON type of its output if that differs from its input. */
const JSON_TYPES: Record<string, string> = { integer: 'number', string: 'string' };

/** Declarations of the types as plain interfaces, with the descriptions as JSDoc. */
export function printTypes(types: SchemaType[]): string {
  const names = new Map(
    types.filter(({ direction }) => direction === 'infer').map(({ name, schema }) => [schema, name]),
  );
  return [OPEN_ENUM, ...types.map((type) => printDeclaration(type, names))].join('\n');
}

function printDeclaration(
  { name, direction, schema }: SchemaType,
  names: ReadonlyMap<z.core.$ZodType, string>,
): string {
  const print = (each: z.core.$ZodType, indent: string, hint?: unknown): string =>
    (each !== schema && names.get(each)) || printBody(each, indent, hint);

  const printBody = (each: z.core.$ZodType, indent: string, hint?: unknown): string => {
    const { def } = (each as z.core.$ZodTypes)._zod;
    const meta = z.globalRegistry.get(each) ?? {};
    switch (def.type) {
      case 'string':
        return Array.isArray(meta['x-extensible-enum'])
          ? `OpenEnum<${printLiterals(meta['x-extensible-enum'])}>`
          : 'string';
      case 'number':
      case 'boolean':
      case 'unknown':
        return def.type;
      case 'literal':
        return printLiterals(def.values);
      case 'enum':
        return printLiterals(Object.values(def.entries));
      case 'array': {
        const element = print(def.element, indent);
        return /^\w+(?:<[^>]*>)?$|^\{/.test(element) ? `${element}[]` : `(${element})[]`;
      }
      case 'record':
        return `Record<string, ${print(def.valueType, indent)}>`;
      case 'object':
        return printObject(def.shape, indent);
      // `string` alone would absorb the printLiterals.
      case 'union':
        return def.options
          .map((option) => print(option, indent))
          .map((text) => (text === 'string' ? '(string & {})' : text))
          .join(' | ');
      case 'nullable':
        return `${print(def.innerType, indent, meta.type ?? hint)} | null`;
      case 'optional':
        return `${print(def.innerType, indent, meta.type ?? hint)} | undefined`;
      case 'default': {
        const inner = print(def.innerType, indent, meta.type ?? hint);
        return direction === 'input' ? `${inner} | undefined` : inner;
      }
      case 'pipe':
        // `preprocess` is a transform, then the schema.
        if (def.in._zod.def.type === 'transform') return print(def.out, indent);
        return (direction === 'infer' && JSON_TYPES[String(meta.type ?? hint)]) || print(def.in, indent);
      default:
        throw new Error(`${name} has a schema of type ${def.type}, which has no declaration`);
    }
  };

  const printObject = (shape: z.core.$ZodShape, indent: string): string => {
    const inner = indent + INDENT;
    const lines = Object.entries(shape).flatMap(([field, value]) => {
      const description = findDescription(value);
      const isOptional = value._zod[direction === 'input' ? 'optin' : 'optout'] !== undefined;
      return [
        ...(description === undefined ? [] : formatComment(description, inner)),
        `${inner}${field}${isOptional ? '?' : ''}: ${print(value, inner)};`,
      ];
    });
    return ['{', ...lines, `${indent}}`].join('\n');
  };

  const description = findDescription(schema);
  const body = printBody(schema, '');
  return [
    ...(description === undefined ? [] : formatComment(description, '')),
    body.startsWith('{') ? `export interface ${name} ${body}` : `export type ${name} = ${body};`,
    '',
  ].join('\n');
}

const printLiterals = (values: unknown[]): string =>
  values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(' | ');
