import { parseArgs } from 'node:util';
import { createCleanup } from '@incidents/testing/processes/cleanup';
import { seconds } from './invariants.ts';
import { type Row, table } from './results-table.ts';
import type { Scenario } from './scenario.ts';
import { channelGone } from './scenarios/channel-gone.ts';
import { clocksApart } from './scenarios/clocks-apart.ts';
import { databaseClockBack } from './scenarios/database-clock-back.ts';
import { diskFull } from './scenarios/disk-full.ts';
import { failover } from './scenarios/failover.ts';
import { freezePostgres } from './scenarios/freeze-postgres.ts';
import { hotStandby } from './scenarios/hot-standby.ts';
import { killApi } from './scenarios/kill-api.ts';
import { killWorker } from './scenarios/kill-worker.ts';
import { logDiskFull } from './scenarios/log-disk-full.ts';
import { logReaderStopped } from './scenarios/log-reader-stopped.ts';
import { oddSettings } from './scenarios/odd-settings.ts';
import { poison } from './scenarios/poison.ts';
import { restartPostgres } from './scenarios/restart-postgres.ts';
import { startAtOnce } from './scenarios/start-at-once.ts';

// Injects faults into the built API and worker while incidents are reported at a steady rate, and holds what was
// promised against what is stored and what has arrived: `pnpm resilience faults [--long] [--only name,name]`.
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
