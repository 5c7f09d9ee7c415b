import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Builds the apps, then runs one program: `pnpm resilience <program> [options]`. Without one it lists them.

const programs = {
  faults: {
    options: '[--long] [--only name,name]',
    purpose: 'kills, freezes and restarts parts under load; counts lost incidents and duplicates',
  },
  storm: {
    options: '[--long] [--seconds 20] [--rate 10]',
    purpose: 'reports many incidents at once; checks messages, digests and channel limits',
  },
  fuzz: {
    options: '[--long] [--runs 2000] [--seed N] [--operation createIncident]',
    purpose: 'sends valid and hostile requests of every operation; checks replies and memory',
  },
  overload: {
    options: '[--long] [--connections 1000] [--seconds 10]',
    purpose: 'opens more connections than the API can serve; measures waiting and recovery',
  },
  'slow-clients': {
    options: '[--long] [--headers 1000] [--bodies 200] [--pages 0]',
    purpose: 'opens clients that never finish a request or never read; checks that they are cut off',
  },
  'large-pages': {
    options: '[--long]',
    purpose: 'reads pages of hundreds of megabytes; measures the peak memory of the API',
  },
  streams: {
    options: '[--long]',
    purpose: 'follows events with many clients, restarts the API; counts gaps and repetitions',
  },
  'rolling-restart': {
    options: '[--long] [--rounds 4] [--per-second 100]',
    purpose: 'replaces two APIs behind a haproxy under load; no request may fail',
  },
  'redis-faults': {
    options: '[--long] [--per-second 100]',
    purpose: 'kills, freezes and flushes the Redis of two APIs; reads must see their own writes',
  },
};

const usage = () =>
  Object.entries(programs)
    .map(([name, { options, purpose }]) => `  ${`${name} ${options}`.padEnd(76)} ${purpose}`)
    .join('\n');

const [program] = process.argv.splice(2, 1);
if (program === undefined) {
  console.log(`pnpm resilience <program> [options]\n\n${usage()}`);
} else if (!Object.hasOwn(programs, program)) {
  console.error(`There is no program ${program}.\n\n${usage()}`);
  process.exitCode = 1;
} else {
  const turbo = fileURLToPath(new URL('../../../node_modules/.bin/turbo', import.meta.url));
  const { status } = spawnSync(turbo, ['run', 'build'], { stdio: 'inherit' });
  if (status === 0) await import(`./${program}/main.ts`);
  else process.exitCode = 1;
}
