import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@incidents/local/paths';
import { parse } from 'yaml';

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

export const readText = (path: string) => readFileSync(join(root, path), 'utf8');

/** The compose file with its variables interpolated as Compose does it. */
export function readCompose(env: Record<string, string> = {}): ComposeFile {
  const text = readText('docker-compose.yml').replace(
    /\$\{(\w+):-([^}]*)\}/g,
    (_, name: string, fallback: string) => env[name] || fallback,
  );
  return parse(text, { merge: true });
}

export function serviceOf(compose: ComposeFile, name: string): Service {
  const service = compose.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}
