import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Cleanup } from '@incidents/testing/faults/cleanup';
import { runTrial } from '@incidents/testing/run-trial';
import { type LoadGenerator, startLoadGenerator } from './load.ts';
import { type MemoryGrowth, measureMemory } from './memory.ts';
import { type Options, readOptions } from './options.ts';
import { startPostgres } from './postgres.ts';
import { runRounds } from './rounds.ts';
import { measureStart } from './start-time.ts';
import { explainMarks, formatTable, summarize } from './table.ts';
import { type Backends, joinOpponent, startRedis, startVariant, type Target } from './target.ts';
import { furtherVariants, service } from './variants.ts';

// Measures the built API under load and prints a Markdown table: `node infra/bench/src/bench.ts [--full]
// [--against NAME=URL]… [--key KEY] [--only create,list20-cold] [--rounds N] [--seconds N] [--json FILE]`.
// docs/architecture.md, "The bench", explains the columns.

/** Results of `--full` besides the rounds. */
interface FullResults {
  memory: MemoryGrowth;
  /** Milliseconds. */
  secondStart: number;
}

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}

/** Prints progress to standard error, apart from the table. */
const report = (line: string) => console.error(`bench: ${line}`);

await runTrial(async (cleanup) => {
  const { scenarios, rounds, seconds, full, json } = options;
  const backends = { postgres: await startPostgres(cleanup), redis: await startRedis(cleanup) };
  if (backends.redis === undefined) report('no redis-server or valkey-server on the PATH: measured without');
  const generator = await startLoadGenerator(cleanup);
  const targets = await startTargets(cleanup, backends, generator);

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
  console.log(formatTable(rows));
  console.log(
    `\n${machine.processors} × ${machine.model}, Node.js ${machine.node}, PostgreSQL ${machine.postgres}, ` +
      `${machine.redis ? 'with' : 'without'} Redis; medians of ${rounds} rounds of ${seconds} s.`,
  );
  for (const line of explainMarks(rows)) console.log(line);

  const save = async (more?: FullResults) => {
    if (json === undefined) return;
    await writeFile(json, `${JSON.stringify({ machine, rows, runs, ...more }, null, 2)}\n`);
  };
  await save();
  if (full) {
    const more = await measureMore(cleanup, backends, generator, targets.length);
    console.log(describeMore(more));
    await save(more);
  }
  return [];
});

async function startTargets(
  cleanup: Cleanup,
  backends: Backends,
  generator: LoadGenerator,
): Promise<Target[]> {
  const targets: Target[] = [];
  for (const [index, variant] of [service, ...(options.full ? furtherVariants : [])].entries()) {
    report(`starts ${variant.name}`);
    targets.push(await startVariant(cleanup, backends, variant, index));
  }
  for (const opponent of options.opponents) {
    report(`joins ${opponent.name}`);
    targets.push(await joinOpponent(opponent, options.key, generator));
  }
  return targets;
}

async function measureMore(
  cleanup: Cleanup,
  backends: Backends,
  generator: LoadGenerator,
  redisDatabase: number,
): Promise<FullResults> {
  report('measures memory');
  const target = await startVariant(cleanup, backends, service, redisDatabase);
  const memory = await measureMemory(generator, target);
  report('starts a clone twice');
  return { memory, secondStart: await measureStart(cleanup) };
}

function describeMore({ memory, secondStart }: FullResults): string {
  const megabytes = (figure: number | undefined) => (figure === undefined ? '–' : `${Math.round(figure)} MB`);
  return `
| also measured | |
| --- | ---: |
| API's memory when started | ${megabytes(memory.before)} |
| after ${memory.requests.toLocaleString('en')} requests at up to 250 connections (${memory.failures} failed) | ${megabytes(memory.after)} |
| second \`pnpm start\`, from its first line to ready | ${(secondStart / 1_000).toFixed(1)} s |`;
}
