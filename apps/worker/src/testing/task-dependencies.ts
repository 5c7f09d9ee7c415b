import type { Context } from '@incidents/core/context';
import { configureChannels } from '@incidents/notifications/configure-channels';
import { messagesOf } from '@incidents/notifications/messages/messages-of';
import type { Logger } from '@incidents/process/logger';
import { readConfig } from '../config.ts';
import type { Dependencies } from '../tasks/define-task.ts';

/** What tasks work with under the given environment; without any, every channel uses the log. */
export function taskDependencies(
  db: Context['db'],
  logger: Logger,
  env: Record<string, string> = {},
): Dependencies & { close(): Promise<void> } {
  const config = readConfig({ DATABASE_URL: 'postgresql://unused', ...env });
  return {
    db,
    logger,
    ...configureChannels(config, { db, messages: messagesOf[config.locale], logger }),
    storm: config.storm,
    maxAgeSeconds: config.maxAgeSeconds,
  };
}
