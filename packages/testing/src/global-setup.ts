import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres/start-postgres.ts';
import { createTemplate } from './postgres/template.ts';
import { startRedis } from './redis/start-redis.ts';

/** Starts PostgreSQL with a migrated template to copy, and Redis where there is one. */
export default async function setup(project: TestProject) {
  const redis = await startRedis();
  project.provide('testRedis', { url: redis.url, program: redis.program });
  const server = await startPostgres();
  const template = await createTemplate(server.url);
  project.provide('testDatabase', { serverUrl: server.url, template: template.name });
  return async () => {
    await template.drop();
    await server.stop();
    await redis.stop();
  };
}
