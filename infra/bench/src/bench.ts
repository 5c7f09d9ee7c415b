import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { type LoadGenerator, startLoadGenerator } from './load.ts';
import { type MemoryGrowth, measureMemory } from './measure-memory.ts';
import { measureStart } from './measure-start.ts';
import { type Options, parseOptions } from './options.ts';
import { startPostgres } from './postgres.ts';
import { runRounds } from './run-rounds.ts';
import { runWorkerRounds } from './run-worker-rounds.ts';
import { explainMarks, formatTable, summarize } from './table.ts';
import { type Backends, connectPeer, startRedis, startVariant, type Target } from './target.ts';
import { extraVariants, service } from './variants.ts';
import { explainWorkerMarks, formatWorkerTables, summarizeWorkerRuns } from './worker-tables.ts';

// Measures the built API and worker under load and prints Markdown tables: `node infra/bench/src/bench.ts [--full]
// [--against NAME=URL]… [--key KEY] [--only create,list20-cold,told] [--rounds N] [--seconds N] [--json FILE]`.
// docs/architecture.md, "The bench", explains the columns.

interface FullResults {
  memory: MemoryGrowth;
  /** Milliseconds. */
  secondStartMs: number;
}

let options: Options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}

/** Progress goes to standard error, the tables to standard output. */
const report = (line: string) => console.error(`bench: ${line}`);

await runScenario(async (cleanup) => {
  const { scenarios, workerLoads, rounds, seconds, full, json } = options;
  const backends = { postgres: await startPostgres(cleanup), redis: await startRedis(cleanup) };
  if (backends.redis === undefined) report('no redis-server or valkey-server on the PATH: measured without');
  const generator = await startLoadGenerator(cleanup);
  report(`starts ${service.name}`);
  const own = await startVariant(cleanup, backends, service, 0);
  // The bench can start only the worker of this service.
  const targets =
    scenarios.length === 0 ? [] : [own, ...(await startOtherTargets(cleanup, backends, generator))];

  const runs = await runRounds(generator, { scenarios, targets, rounds, seconds }, report);
  const rows = summarize(
    runs,
    targets.map(({ name }) => name),
  );
  const machine = {
    processors: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    postgres: backends.postgres.version,
    redis: backends.redis !== undefined,
  };
  if (rows.length > 0) console.log(formatTable(rows));
  const workerPlan = { loads: workerLoads, rounds, seconds };
  const workerRuns = await runWorkerRounds(cleanup, generator, own, workerPlan, report);
  const workerRows = summarizeWorkerRuns(workerRuns);
  if (workerLoads.length > 0) console.log(`\n${formatWorkerTables(workerRows)}`);
  console.log(
    `\n${machine.processors} × ${machine.model}, Node.js ${machine.node}, PostgreSQL ${machine.postgres}, ` +
      `${machine.redis ? 'with' : 'without'} Redis; medians of ${rounds} rounds of ${seconds} s.`,
  );
  const marks = new Set([...explainMarks(rows), ...explainWorkerMarks(workerRows)]);
  for (const line of marks) console.log(line);
  if (workerLoads.length > 0 && options.peers.length > 0) {
    console.log('Loads with a worker run at this service alone: --against gives an API without its worker.');
  }

  const save = async (more?: FullResults) => {
    if (json === undefined) return;
    await writeFile(
      json,
      `${JSON.stringify({ machine, rows, runs, workerRows, workerRuns, ...more }, null, 2)}\n`,
    );
  };
  await save();
  if (full && scenarios.length > 0) {
    const more = await measureMemoryAndStart(cleanup, backends, generator, targets.length);
    console.log(formatFullResults(more));
    await save(more);
  }
  return [];
});

async function startOtherTargets(
  cleanup: Cleanup,
  backends: Backends,
  generator: LoadGenerator,
): Promise<Target[]> {
  const targets: Target[] = [];
  for (const [index, variant] of (options.full ? extraVariants : []).entries()) {
    report(`starts ${variant.name}`);
    targets.push(await startVariant(cleanup, backends, variant, 1 + index));
  }
  for (const peer of options.peers) {
    report(`connects to ${peer.name}`);
    targets.push(await connectPeer(peer, options.key, generator));
  }
  return targets;
}

async function measureMemoryAndStart(
  cleanup: Cleanup,
  backends: Backends,
  generator: LoadGenerator,
  redisDatabase: number,
): Promise<FullResults> {
  report('measures memory');
  const target = await startVariant(cleanup, backends, service, redisDatabase);
  const memory = await measureMemory(generator, target);
  report('starts a clone twice');
  return { memory, secondStartMs: await measureStart(cleanup) };
}

function formatFullResults({ memory, secondStartMs }: FullResults): string {
  const megabytes = (figure: number | undefined) => (figure === undefined ? '–' : `${Math.round(figure)} MB`);
  return `
| also measured | |
| --- | ---: |
| API's memory when started | ${megabytes(memory.before)} |
| after ${memory.requests.toLocaleString('en')} requests at up to 250 connections (${memory.failures} failed) | ${megabytes(memory.after)} |
| second \`pnpm start\`, from its first line to ready | ${(secondStartMs / 1_000).toFixed(1)} s |`;
}
