import type { Context } from '@incidents/core/context';
import { configureChannels } from '@incidents/notifications/configure-channels';
import { createPlanner } from '@incidents/notifications/engine/planner';
import type { Logger } from '@incidents/runtime/logger';
import { readConfig } from '../config.ts';
import type { Dependencies } from '../tasks/define-task.ts';
import { createStatisticsUpdater } from '../update-statistics.ts';

/** The dependencies of tasks under an environment; without one each channel uses the log. No engine runs. */
export function taskDependencies(
  db: Context['db'],
  logger: Logger,
  env: Record<string, string> = {},
): Dependencies & ReturnType<typeof configureChannels> {
  const config = readConfig({ DATABASE_URL: 'postgresql://unused', ...env });
  const configured = configureChannels(config, { db, logger });
  return {
    db,
    logger,
    planEvent: createPlanner({
      db,
      channels: configured.channels,
      storm: config.storm,
      quietHours: () => ({}),
      onWoken: () => {},
    }),
    wakeOutboxes: () => {},
    updateStatistics: createStatisticsUpdater(db),
    retentionDays: config.retentionDays,
    ...configured,
  };
}
