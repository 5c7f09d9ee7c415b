import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ApiEnv } from '@incidents/api/config';
import { root } from '@incidents/local/paths';
import { WorkerEnv } from '@incidents/worker/config';
import { Ajv } from 'ajv';
import { DCLinter } from 'dclint';
import { describe, expect, test } from 'vitest';
import { readCompose, serviceOf } from './testing/compose-file.ts';
import { stages } from './testing/dockerfile.ts';

const compose = readCompose();
const ours = ['api', 'worker', 'migrate'];

describe('the compose specification', () => {
  const require = createRequire(import.meta.url);
  // dclint contains the published schema but does not export it.
  const { $schema, ...schema } = require(
    join(dirname(require.resolve('dclint/package.json')), 'schemas/compose.schema.json'),
  );
  const valid = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);

  test('accepts docker-compose.yml', () => {
    valid(compose);
    expect(valid.errors).toBeNull();
  });

  test.each([
    ['a misspelt key', { ...compose.services.api, depnds_on: {} }],
    ['a health check without a list of words', { ...compose.services.api, healthcheck: { test: 1 } }],
    ['an unknown condition', { ...compose.services.api, depends_on: { migrate: { condition: 'done' } } }],
  ])('rejects %s', (_, api) => {
    expect(valid({ ...compose, services: { ...compose.services, api } })).toBe(false);
  });
});

test('dclint reports nothing', () => {
  const orders = [
    'service-keys-order',
    'services-alphabetical-order',
    'top-level-properties-order',
    'require-quotes-in-ports',
  ];
  const linter = new DCLinter({
    // Rules of order, and one that overlooks quotes around a value with a variable.
    rules: Object.fromEntries(orders.map((rule) => [rule, 0 as const])),
    quiet: false,
    debug: false,
    exclude: [],
  });
  const [result] = linter.lintFiles([join(root, 'docker-compose.yml')], false);
  expect(result?.messages).toEqual([]);
});

describe('services', () => {
  test('start by default, except Mailpit', () => {
    const byDefault = Object.entries(compose.services).filter(([, { profiles }]) => !profiles);
    expect(byDefault.map(([name]) => name).sort()).toEqual(
      ['api', 'incident_postgres', 'incident_redis', 'migrate', 'worker'].sort(),
    );
    expect(compose.services.mailpit?.profiles).toEqual(['dev']);
  });

  test('PostgreSQL and Redis depend on no service', () => {
    expect(compose.services.incident_postgres).not.toHaveProperty('depends_on');
    expect(compose.services.incident_redis).not.toHaveProperty('depends_on');
  });

  test('API and worker wait for the migration and PostgreSQL, the API also for Redis', () => {
    const postgres = { incident_postgres: { condition: 'service_healthy' } };
    const redis = { incident_redis: { condition: 'service_healthy' } };
    const migrated = { migrate: { condition: 'service_completed_successfully' } };
    expect(compose.services.api?.depends_on).toEqual({ ...postgres, ...redis, ...migrated });
    expect(compose.services.worker?.depends_on).toEqual({ ...postgres, ...migrated });
    expect(compose.services.migrate).toMatchObject({ depends_on: postgres, restart: 'no' });
    expect(compose.services.migrate?.healthcheck).toEqual({ disable: true });
  });

  test('PostgreSQL is healthy only when it accepts connections over the network', () => {
    expect(compose.services.incident_postgres?.healthcheck?.test?.join(' ')).toContain(
      'pg_isready -h 127.0.0.1',
    );
    expect(compose.services.incident_redis?.healthcheck?.test).toContain('ping');
  });
});

describe('addresses and data', () => {
  test('ports are published on the loopback address alone', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(compose.services.api?.ports).toEqual(['127.0.0.1:8000:8000']);
  });

  test('credentials equal those of the legacy service', () => {
    expect(compose.services.incident_postgres?.environment).toEqual({
      POSTGRES_USER: 'incidents_user',
      POSTGRES_PASSWORD: 'incidents_password',
      POSTGRES_DB: 'incidents_db',
    });
    for (const name of ours)
      expect(serviceOf(compose, name).environment?.DATABASE_URL).toBe(
        'postgresql://incidents_user:incidents_password@incident_postgres:5432/incidents_db',
      );
    expect(compose.services.incident_redis?.networks?.default.aliases).toEqual(['redis']);
    expect(compose.services.api?.environment?.REDIS_URL).toBe('redis://incident_redis:6379/0');
    expect(compose.services.worker?.environment).not.toHaveProperty('REDIS_URL');
  });

  test('changed credentials reach server and clients', () => {
    const changed = readCompose({ POSTGRES_USER: 'u', POSTGRES_PASSWORD: 'p', POSTGRES_DB: 'd' });
    expect(Object.values(changed.services.incident_postgres?.environment ?? {})).toEqual(['u', 'p', 'd']);
    expect(changed.services.worker?.environment?.DATABASE_URL).toBe(
      'postgresql://u:p@incident_postgres:5432/d',
    );
  });

  test('PostgreSQL and Redis keep data in volumes at the paths of their images', () => {
    expect(compose.services.incident_postgres?.volumes).toEqual(['incident_postgres:/var/lib/postgresql']);
    expect(compose.services.incident_redis?.volumes).toEqual(['incident_redis:/data']);
    expect(Object.keys(compose.volumes).sort()).toEqual(['incident_postgres', 'incident_redis']);
  });
});

describe.each(ours)('%s', (name) => {
  const service = serviceOf(compose, name);

  test('runs with minimal privileges', () => {
    expect(service).toMatchObject({
      init: true,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service).not.toHaveProperty('volumes');
    expect(service).not.toHaveProperty('user');
  });

  test('is built from a stage of the Dockerfile', () => {
    expect(service.build).toMatchObject({ context: '.', dockerfile: 'infra/docker/Dockerfile' });
    expect(stages.map((stage) => stage.name)).toContain(service.build?.target);
  });

  test('stop_grace_period exceeds SHUTDOWN_DELAY and SHUTDOWN_TIMEOUT by 5 s', () => {
    expect(service.stop_grace_period).toBe('10s0s5s');
    const slow = readCompose({ SHUTDOWN_TIMEOUT: '60', SHUTDOWN_DELAY: '7' });
    expect(serviceOf(slow, name).stop_grace_period).toBe('60s7s5s');
  });
});

test.each([
  ['api', ApiEnv],
  ['worker', WorkerEnv],
])('%s receives every variable of its config', (app, { shape }) => {
  expect(Object.keys(serviceOf(compose, app).environment ?? {})).toEqual(
    expect.arrayContaining(Object.keys(shape)),
  );
});

test('variables that the host does not set are unset in containers, not empty', () => {
  for (const name of ours)
    for (const [variable, value] of Object.entries(serviceOf(compose, name).environment ?? {}))
      expect(value, variable).not.toBe('');
});
