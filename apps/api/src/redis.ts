import type { Logger } from '@incidents/process/logger';
import { Redis as Connection } from 'ioredis';

/** Redis did not answer, or cannot be asked at all. Never a reason to refuse a request. */
export class RedisAway extends Error {}

/** A Redis that may be away at any time: what is kept in it may be lost, and nobody waits for it. */
export interface Redis {
  /** For what takes a client of its own accord; every use of it goes through `ask`. */
  readonly connection: Connection;
  /** Whether there is any use in asking. */
  readonly isHere: boolean;
  /**
   * Talks to Redis.
   * @throws RedisAway at once while there is no connection, and within `PATIENCE` when there is no answer;
   * else whatever `exchange` throws
   */
  ask<Result>(exchange: Exchange<Result>): Promise<Result>;
  /**
   * The same for what others rely on: where the connection was lost only just now it waits for the next one and repeats
   * itself there. A moment of a busy machine then costs nothing, and a loss no more than its first moment.
   */
  tell<Result>(exchange: Exchange<Result>): Promise<Result>;
  /** Ends the connection at once, whatever is under way. */
  close(): void;
}

type Exchange<Result> = (connection: Connection) => Promise<Result>;

/** Milliseconds that one waits for an answer, which takes less than one where all is well. */
const PATIENCE = 50;

/** Milliseconds from the loss of a connection for which the next one is awaited. */
const GRACE = 90;

/** Milliseconds; in the background, nobody waits for them. */
const TO_CONNECT = 1_000;
const TO_BE_READY = 2_000;
const LONGEST_PAUSE = 500;

/**
 * Connects in the background, for ever; says in the log when Redis is there and when it is away, once each.
 *
 * Whoever has waited for too long ends the connection, and with it the waiting of all others. Until the next one is
 * ready, which a frozen Redis does not get to, nobody is kept: so no request has to be the one that tries.
 * @param options.keyPrefix before every key; other users of the same Redis have other ones
 */
export function connectRedis(url: string, options: { logger: Logger; keyPrefix?: string }): Redis {
  const { logger } = options;
  const connection = new Connection(url, {
    keyPrefix: options.keyPrefix ?? 'incident-service:',
    connectTimeout: TO_CONNECT,
    retryStrategy: (attempt) => Math.min(25 * (attempt - 1), LONGEST_PAUSE),
    // Nothing is kept for later: by then it would be of no use, or wrong.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // What is under way fails with its connection instead of waiting for the next one.
    maxRetriesPerRequest: 0,
  });

  let state: 'unknown' | 'here' | 'away' | 'closed' = 'unknown';
  let lastError = '';
  let lastLoss: { stream: Connection['stream']; at: number } | undefined;
  const waiting = new Set<() => void>();
  const noteLoss = (stream: Connection['stream']) => {
    if (lastLoss?.stream !== stream) lastLoss = { stream, at: performance.now() };
  };
  const lost = () => {
    if (state === 'away' || state === 'closed') return;
    if (state === 'here') noteLoss(connection.stream);
    state = 'away';
    // The message alone: of an error that Redis answers with, ioredis shows the command too, and with it a password.
    logger.warn({ reason: lastError || 'the connection was closed' }, 'Redis is away');
    lastError = '';
  };
  connection.on('error', (error: Error) => {
    // For an address with several forms Node.js tries each, and names none.
    lastError = error.message || ('code' in error ? String(error.code) : error.name);
  });
  connection.on('close', lost);
  connection.on('ready', () => {
    if (state !== 'here') logger.info(state === 'away' ? 'Redis is back' : 'Redis is here');
    state = 'here';
    lastError = '';
    for (const goOn of waiting) goOn();
  });
  connection.on('connect', () => {
    // A Redis that is frozen takes connections too, and goes on with them when it wakes up; one that is gone does not.
    const { stream } = connection;
    setTimeout(() => {
      if (connection.status === 'connect' && stream === connection.stream) stream.destroy();
    }, TO_BE_READY).unref();
  });

  const ask: Redis['ask'] = async (exchange) => {
    if (connection.status !== 'ready') throw new RedisAway();
    const { stream } = connection;
    let answered = false;
    const timer = setTimeout(() => {
      // This process may be the one that was late: what has arrived meanwhile is read before this runs.
      setImmediate(() => {
        if (answered || stream.destroyed) return;
        lastError = `no answer within ${PATIENCE} ms`;
        stream.destroy();
      });
    }, PATIENCE);
    try {
      return await exchange(connection);
    } catch (error) {
      if (connection.status === 'ready' && !stream.destroyed) throw error;
      noteLoss(stream);
      throw new RedisAway();
    } finally {
      answered = true;
      clearTimeout(timer);
    }
  };

  const untilHere = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const goOn = () => {
        clearTimeout(timer);
        waiting.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, milliseconds);
      waiting.add(goOn);
    });

  return {
    connection,
    get isHere() {
      return connection.status === 'ready';
    },
    ask,
    async tell(exchange) {
      try {
        return await ask(exchange);
      } catch (error) {
        const left = (lastLoss?.at ?? 0) + GRACE - performance.now();
        if (!(error instanceof RedisAway) || left <= 0) throw error;
        await untilHere(left);
        return await ask(exchange);
      }
    },
    close() {
      state = 'closed';
      connection.disconnect();
      // Not waiting for the other side, which may be frozen.
      connection.stream?.destroy();
      for (const goOn of waiting) goOn();
    },
  };
}
