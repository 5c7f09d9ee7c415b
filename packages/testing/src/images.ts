import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

export function imageOf(service: 'incident_postgres' | 'incident_redis'): string {
  return parse(read('docker-compose.yml'), { merge: true }).services[service].image;
}

/** What is pulled to build and run the service, by the stage of the stand-ins that takes its place. */
export function baseImages(): Record<'node' | 'postgres' | 'redis', string> {
  const node = /^FROM (node:\S+)/m.exec(read('infra/docker/Dockerfile'))?.[1];
  if (node === undefined) throw new Error('the Dockerfile begins with no image of Node.js');
  return { node, postgres: imageOf('incident_postgres'), redis: imageOf('incident_redis') };
}
