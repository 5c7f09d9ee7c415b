import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** A file of the repository. */
export const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

/** What the tests look at in a service of the compose file. */
export interface Service {
  image?: string;
  build?: { context: string; dockerfile: string; target: string };
  profiles?: string[];
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string | null>;
  ports?: string[];
  volumes?: string[];
  networks?: { default: { aliases: string[] } };
  healthcheck?: { test?: string[]; disable?: boolean };
  restart?: string;
  init?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
}

export interface ComposeFile {
  name: string;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/** The compose file with its variables put in, as Compose does it. */
export function readCompose(env: Record<string, string> = {}): ComposeFile {
  const text = read('docker-compose.yml').replace(
    /\$\{(\w+):-([^}]*)\}/g,
    (_, name: string, fallback: string) => env[name] || fallback,
  );
  return parse(text, { merge: true });
}

/** The service of that name. */
export function serviceOf(compose: ComposeFile, name: string): Service {
  const service = compose.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}
