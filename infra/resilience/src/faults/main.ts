import { parseArgs } from 'node:util';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { formatSeconds } from './check-invariants.ts';
import { formatResults, hasFailed, type Row } from './results-table.ts';
import type { Scenario } from './scenario.ts';
import { apiKill } from './scenarios/api-kill.ts';
import { createChannelOutage } from './scenarios/channel-outage.ts';
import { clocksApart } from './scenarios/clocks-apart.ts';
import { databaseClockBack } from './scenarios/database-clock-back.ts';
import { diskFull } from './scenarios/disk-full.ts';
import { failover } from './scenarios/failover.ts';
import { hotStandby } from './scenarios/hot-standby.ts';
import { logDiskFull } from './scenarios/log-disk-full.ts';
import { logReaderStopped } from './scenarios/log-reader-stopped.ts';
import { oddSettings } from './scenarios/odd-settings.ts';
import { poison } from './scenarios/poison.ts';
import { postgresFrozen } from './scenarios/postgres-frozen.ts';
import { postgresRestart } from './scenarios/postgres-restart.ts';
import { startAtOnce } from './scenarios/start-at-once.ts';
import { workerKill } from './scenarios/worker-kill.ts';

// The short form takes about three minutes.
const scenarios: Scenario[] = [
  workerKill,
  apiKill,
  postgresRestart,
  failover,
  postgresFrozen,
  hotStandby,
  createChannelOutage('email', 'gone'),
  createChannelOutage('email', 'hangs'),
  createChannelOutage('telegram', 'gone'),
  createChannelOutage('telegram', 'hangs'),
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
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const only = values.only?.split(',');
const chosen = scenarios.filter(({ name, inShortForm }) =>
  only === undefined ? values.long || inShortForm : only.includes(name),
);

const began = performance.now();
const say = (line: string) => console.log(`${formatSeconds(performance.now() - began).padStart(8)}  ${line}`);

await runScenario(async (cleanup) => {
  const unknown = only?.filter((wanted) => !scenarios.some(({ name }) => name === wanted)) ?? [];
  if (unknown.length > 0) {
    const names = scenarios.map(({ name }) => name).join(', ');
    return [`no scenario ${unknown.join(', ')}; there are ${names}`];
  }
  const rows: Row[] = [];
  for (const scenario of chosen) rows.push(await runOne(scenario, cleanup));
  say(`done\n\n${formatResults(rows)}`);
  return rows.filter(hasFailed).map(({ scenario }) => scenario.name);
});

async function runOne(scenario: Scenario, cleanup: Cleanup): Promise<Row> {
  const obstacle = scenario.findObstacle?.();
  if (obstacle !== undefined) {
    say(`${scenario.name} not run: ${obstacle}`);
    return { scenario, outcome: { obstacle } };
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
