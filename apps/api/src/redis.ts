import type { Logger } from '@incidents/runtime/logger';
import { Redis as Connection } from 'ioredis';

/** Redis did not answer, or cannot be asked at all. Never a reason to refuse a request. */
export class RedisAway extends Error {}

type Exchange<Result> = (connection: Connection) => Promise<Result>;

/** A Redis that may be away at any time: what is kept in it may be lost, and nobody waits for it. */
export interface Redis {
  /** For what takes a client of its own accord; every use of it goes through `ask`. */
  readonly connection: Connection;
  /** Whether there is any use in asking. */
  readonly isHere: boolean;
  /**
   * Talks to Redis.
   * @throws RedisAway at once while it is not here, and after `COMMAND_TIMEOUT_MS` when there is no answer; else whatever
   * `exchange` throws
   */
  ask<Result>(exchange: Exchange<Result>): Promise<Result>;
  /** Ends the connection at once, whatever is under way. */
  close(): void;
}

/** A command takes less than a millisecond where all is well. */
const COMMAND_TIMEOUT_MS = 50;

/** Milliseconds of silence after which a connection is given up. */
const LONGEST_SILENCE = 1_000;

/** Milliseconds; in the background, nobody waits for them. */
const TO_CONNECT = 1_000;
const TO_BE_READY = 2_000;
const LONGEST_PAUSE = 500;

/**
 * Connects in the background, for ever; says in the log when Redis is there and when it is away, once each.
 *
 * After the first who has waited in vain nobody asks any more, until an answer comes or, after a second, another
 * connection is ready, which a frozen Redis does not get to: so no request has to be the one that tries.
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
  const withoutLogin = loginRemover(url);
  type Stream = typeof connection.stream;

  let state: 'unknown' | 'here' | 'away' | 'closed' = 'unknown';
  let lastError = '';
  let silence: { stream: Stream; end: NodeJS.Timeout } | undefined;

  const isHere = () => connection.status === 'ready' && silence === undefined;

  const noteSilence = (stream: Stream) => {
    if (silence !== undefined || stream.destroyed) return;
    const end = setTimeout(() => {
      lastError = `no answer for ${LONGEST_SILENCE} ms`;
      stream.destroy();
    }, LONGEST_SILENCE);
    silence = { stream, end };
  };
  const noteAnswer = (stream: Stream) => {
    if (silence?.stream !== stream) return;
    clearTimeout(silence.end);
    silence = undefined;
  };
  connection.on('error', (error: Error) => {
    // For an address with several forms Node.js tries each, and names none.
    lastError = withoutLogin(error.message) || ('code' in error ? String(error.code) : error.name);
  });
  connection.on('close', () => {
    if (state === 'away' || state === 'closed') return;
    if (state === 'here') noteAnswer(connection.stream);
    state = 'away';
    // The message alone: of an error that Redis answers with, ioredis shows the command too, and with it a password.
    logger.warn({ reason: lastError || 'the connection was closed' }, 'Redis is away');
    lastError = '';
  });
  connection.on('ready', () => {
    if (state !== 'here') logger.info(state === 'away' ? 'Redis is back' : 'Redis is here');
    state = 'here';
    lastError = '';
  });
  connection.on('connect', () => {
    // A Redis that is frozen takes connections too, and goes on with them when it wakes up; one that is gone does not.
    const { stream } = connection;
    setTimeout(() => {
      if (connection.status === 'connect' && stream === connection.stream) stream.destroy();
    }, TO_BE_READY).unref();
  });

  /** A reply that comes after the time limit still shows that Redis answers. */
  const send = async <Result>(exchange: Exchange<Result>): Promise<Result> => {
    const { stream } = connection;
    const answer = exchange(connection);
    const isLost = () => connection.status !== 'ready' || stream.destroyed;
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const stopWaiting = inTurn(COMMAND_TIMEOUT_MS, () => {
      noteSilence(stream);
      reject(new RedisAway());
    });
    const onAnswer = () => noteAnswer(stream);
    answer.then(onAnswer, onAnswer);
    try {
      return await Promise.race([answer, tooLate]);
    } catch (error) {
      throw isLost() ? new RedisAway() : error;
    } finally {
      stopWaiting();
    }
  };

  return {
    connection,
    get isHere() {
      return isHere();
    },
    async ask(exchange) {
      if (!isHere()) throw new RedisAway();
      return send(exchange);
    },
    close() {
      state = 'closed';
      if (silence) clearTimeout(silence.end);
      connection.disconnect();
      // Not waiting for the other side, which may be frozen.
      connection.stream?.destroy();
    },
  };
}

/**
 * Calls `late` after so many milliseconds, but not before what has arrived meanwhile has been read: this process may be
 * the one that was late.
 * @returns what prevents it
 */
function inTurn(milliseconds: number, late: () => void): () => void {
  let isWanted = true;
  const timer = setTimeout(() => {
    setImmediate(() => {
      if (isWanted) late();
    });
  }, milliseconds);
  return () => {
    isWanted = false;
    clearTimeout(timer);
  };
}

/** Takes user and password of `url` out of a text: a server that does not know a login repeats it in its refusal. */
function loginRemover(url: string): (text: string) => string {
  const { username, password } = new URL(url);
  // As they stand there, and as they are sent.
  const words = [password, username].flatMap((word) => [word, decoded(word)]).filter((word) => word !== '');
  return (text) => words.reduce((rest, word) => rest.replaceAll(word, '***'), text);
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
