import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The file of the first of these programs that is on the PATH, or in one of `folders`; undefined when none is.
 * @param path the PATH to search
 */
export function findProgram(
  names: string[],
  { path = process.env.PATH ?? '', folders = [] }: { path?: string; folders?: string[] } = {},
): string | undefined {
  const places = [...path.split(delimiter).filter((folder) => folder !== ''), ...folders];
  return names.flatMap((name) => places.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
