import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of the first of these programs found on the PATH or in `folders`; undefined when there is none. */
export function findProgram(
  names: string[],
  { path = process.env.PATH ?? '', folders = [] }: { path?: string; folders?: string[] } = {},
): string | undefined {
  const searched = [...path.split(delimiter).filter((folder) => folder !== ''), ...folders];
  return names.flatMap((name) => searched.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
