import * as z from 'zod';
import { findDescription } from './find-description.ts';
import { findField } from './find-field.ts';
import { formatComment } from './format-comment.ts';

/**
 * Declarations with the description of each field as JSDoc. Zod's inference keeps the comments of a shape, so editors
 * show them for parsed values. tsc prints one field per line.
 */
export function documentShapes(declarations: string, schemas: Record<string, unknown>): string {
  let schema: z.core.$ZodType | undefined;
  let path: string[] = [];
  return declarations
    .split('\n')
    .flatMap((line) => {
      const name = /^export declare const (\w+):/.exec(line)?.[1];
      if (name !== undefined) {
        const value = schemas[name];
        schema = value instanceof z.core.$ZodType ? value : undefined;
        path = [];
        return [line];
      }
      const field = /^( +)(?:"(.+)"|(\w+)): (.*)$/.exec(line);
      if (field === null || schema === undefined) return [line];
      const [, indent = '', quoted, bare] = field;
      path = [...path.slice(0, indent.length / 4 - 1), quoted ?? bare ?? ''];
      const found = findField(schema, path);
      const description = found && findDescription(found);
      return description === undefined ? [line] : [...formatComment(description, indent), line];
    })
    .join('\n');
}
