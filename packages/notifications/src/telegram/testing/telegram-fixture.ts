import type { Logger } from '@incidents/runtime/logger';
import type { TestDatabase } from '@incidents/testing/postgres/test-database';
import { type FakeBotApi, startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import type { WindowLimits } from '@incidents/testing/telegram/sliding-windows';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Channel, NotifiedIncident } from '../../engine/channel.ts';
import { unreportedFields } from '../../engine/testing/unreported-fields.ts';
import { createWording } from '../../messages/wording.ts';
import { createTelegramChannel, type TelegramOptions } from '../telegram-channel.ts';

export interface TelegramFixture {
  readonly fake: FakeBotApi;
  /** A channel as another worker process would have it. */
  channel(options?: Partial<TelegramOptions>): Channel;
  incident(fields?: Partial<NotifiedIncident>): Promise<NotifiedIncident>;
}

export function useTelegram(database: TestDatabase, logger: Logger, limits: WindowLimits): TelegramFixture {
  let fake: FakeBotApi | undefined;
  const running = () => {
    if (fake === undefined) throw new Error('only inside of tests and hooks');
    return fake;
  };
  beforeAll(async () => {
    fake = await startFakeBotApi({ limits });
  });
  afterAll(() => fake?.close());
  beforeEach(async () => {
    running().reset();
    await database.db.pool.query('truncate telegram_turns, telegram_chat_migrations');
  });

  return {
    get fake() {
      return running();
    },
    channel: (options) =>
      createTelegramChannel({
        token: running().token,
        apiRoot: running().url,
        limits,
        timeoutSeconds: 5,
        db: database.db.kysely,
        wording: createWording({ locale: 'ru', timeZone: 'UTC' }),
        logger,
        ...options,
      }),
    async incident(fields = {}) {
      const { text = 'Бот молчит', description = 'с утра', status = 'новый', source = 'operator' } = fields;
      const { rows } = await database.db.pool.query<{ id: number; created_at: Date }>(
        'insert into incidents (text, description, status, source) values ($1, $2, $3, $4) returning id, created_at',
        [text, description, status, source],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('not stored');
      return {
        id: row.id,
        text,
        description,
        status,
        source,
        created_at: row.created_at.toISOString(),
        ...unreportedFields,
        ...fields,
      };
    },
  };
}
