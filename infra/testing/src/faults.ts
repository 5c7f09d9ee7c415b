import { parseArgs } from 'node:util';
import { channelGone } from './faults/channel-gone.ts';
import { createCleanup } from './faults/cleanup.ts';
import { clocksApart } from './faults/clocks-apart.ts';
import { databaseClockBack } from './faults/database-clock-back.ts';
import { diskFull } from './faults/disk-full.ts';
import { failover } from './faults/failover.ts';
import { freezePostgres } from './faults/freeze-postgres.ts';
import { hotStandby } from './faults/hot-standby.ts';
import { killApi } from './faults/kill-api.ts';
import { killWorker } from './faults/kill-worker.ts';
import { logDiskFull } from './faults/log-disk-full.ts';
import { logReaderStopped } from './faults/log-reader-stopped.ts';
import { oddSettings } from './faults/odd-settings.ts';
import { poison } from './faults/poison.ts';
import { restartPostgres } from './faults/restart-postgres.ts';
import type { Scenario } from './faults/scenario.ts';
import { seconds } from './faults/settle.ts';
import { startAtOnce } from './faults/start-at-once.ts';
import { type Row, table } from './faults/table.ts';

// Injects faults into the built API and worker while incidents are reported at a steady rate, and holds what was
// promised against what is stored and what has arrived: `node infra/testing/src/faults.ts [--long] [--only name,name]`.
// Without `--long` it is about three minutes of the same, shortened. Ends with 1 when a target is missed.
const scenarios: Scenario[] = [
  killWorker,
  killApi,
  restartPostgres,
  failover,
  freezePostgres,
  hotStandby,
  channelGone('email', 'gone'),
  channelGone('email', 'hangs'),
  channelGone('telegram', 'gone'),
  channelGone('telegram', 'hangs'),
  diskFull,
  logDiskFull,
  logReaderStopped,
  clocksApart,
  databaseClockBack,
  startAtOnce,
  oddSettings,
  poison,
];

const { values } = parseArgs({
  options: {
    /** Every scenario in full. */
    long: { type: 'boolean', default: false },
    /** Names of scenarios, separated by commas. */
    only: { type: 'string' },
  },
});
const only = values.only?.split(',');
const unknown = only?.filter((wanted) => !scenarios.some(({ name }) => name === wanted)) ?? [];
if (unknown.length > 0) {
  console.error(
    `no scenario ${unknown.join(', ')}; there are ${scenarios.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
const chosen = scenarios.filter(({ name, inShortForm }) =>
  only === undefined ? values.long || inShortForm : only.includes(name),
);

const began = performance.now();
const say = (line: string) => console.log(`${seconds(performance.now() - began).padStart(8)}  ${line}`);

const cleanup = createCleanup();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    say(`${signal}: ending what was started`);
    await cleanup.run();
    process.exit(130);
  });
}

async function attempt(scenario: Scenario): Promise<Row> {
  const notRun = scenario.whyNot?.();
  if (notRun !== undefined) {
    say(`${scenario.name} not run: ${notRun}`);
    return { scenario, outcome: { notRun } };
  }
  say(`${scenario.name}: ${scenario.fault}`);
  try {
    const outcome = await scenario.run({ long: values.long, cleanup, say: (line) => say(`  ${line}`) });
    for (const figure of outcome.figures) say(`  ${figure}`);
    say(`  ${outcome.failures.length === 0 ? 'met' : `MISSED: ${outcome.failures.join('\n            ')}`}`);
    return { scenario, outcome };
  } catch (error) {
    console.error(error);
    return { scenario, outcome: { brokeOff: error instanceof Error ? error.message : String(error) } };
  } finally {
    await cleanup.run();
  }
}

const rows: Row[] = [];
for (const scenario of chosen) rows.push(await attempt(scenario));
say(`done\n\n${table(rows)}`);
const missed = rows.some(
  ({ outcome }) => 'brokeOff' in outcome || ('failures' in outcome && outcome.failures.length > 0),
);
process.exitCode = missed ? 1 : 0;
