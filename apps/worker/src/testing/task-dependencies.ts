import type { Context } from '@incidents/core/context';
import type { Logger } from '@incidents/process/logger';
import { configureChannels } from '../channels/configure.ts';
import { readConfig } from '../config.ts';
import { messagesOf } from '../messages/messages-of.ts';
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
