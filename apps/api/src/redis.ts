import type { Logger } from '@incidents/runtime/logger';
import { Redis as Connection } from 'ioredis';

/** Never a reason to refuse a request. */
export class RedisUnavailableError extends Error {
  override name = 'RedisUnavailableError';
}

type Command<Result> = (connection: Connection) => Promise<Result>;

export interface Redis {
  /** For libraries that need a client; every use of it goes through `tryCommand`. */
  readonly connection: Connection;
  readonly isAvailable: boolean;
  /**
   * @throws RedisUnavailableError at once while Redis is unavailable, or after `COMMAND_TIMEOUT_MS`; errors of `command`
   */
  tryCommand<Result>(command: Command<Result>): Promise<Result>;
  close(): void;
}

/** A healthy Redis replies in less than a millisecond. */
const COMMAND_TIMEOUT_MS = 50;
/** An open circuit closes the connection after this time without a reply. */
const MAX_SILENCE_MS = 1_000;

const CONNECT_TIMEOUT_MS = 1_000;
const READY_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 500;

/**
 * Connects in the background, for ever, and logs once when Redis becomes available or unavailable.
 * One timeout opens the circuit. A late reply or a ready connection closes it; a frozen Redis has neither.
 */
export function connectRedis(url: string, options: { logger: Logger; keyPrefix?: string }): Redis {
  const { logger } = options;
  const connection = new Connection(url, {
    keyPrefix: options.keyPrefix ?? 'incident-service:',
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(25 * (attempt - 1), MAX_RECONNECT_DELAY_MS),
    // A queued or repeated command would count a request too late, or twice.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Commands under way fail with their connection.
    maxRetriesPerRequest: 0,
  });
  const redactCredentials = createCredentialRedactor(url);
  type Stream = typeof connection.stream;

  let state: 'unknown' | 'available' | 'unavailable' | 'closed' = 'unknown';
  let lastError = '';
  let openCircuit: { stream: Stream; timer: NodeJS.Timeout } | undefined;

  const isAvailable = () => connection.status === 'ready' && openCircuit === undefined;

  const open = (stream: Stream) => {
    if (openCircuit !== undefined || stream.destroyed) return;
    const timer = setTimeout(() => {
      lastError = `no answer for ${MAX_SILENCE_MS} ms`;
      stream.destroy();
    }, MAX_SILENCE_MS);
    openCircuit = { stream, timer };
  };
  const close = (stream: Stream) => {
    if (openCircuit?.stream !== stream) return;
    clearTimeout(openCircuit.timer);
    openCircuit = undefined;
  };
  connection.on('error', (error: Error) => {
    // Node.js tries every address of a host; that error has a code but no message.
    lastError = redactCredentials(error.message) || ('code' in error ? String(error.code) : error.name);
  });
  connection.on('close', () => {
    if (state === 'unavailable' || state === 'closed') return;
    if (state === 'available') close(connection.stream);
    state = 'unavailable';
    // Not the error: ioredis attaches the command to it, and AUTH has the password.
    logger.warn({ reason: lastError || 'the connection was closed' }, 'Redis is unavailable');
    lastError = '';
  });
  connection.on('ready', () => {
    if (state !== 'available')
      logger.info(state === 'unavailable' ? 'Redis is available again' : 'Redis is available');
    state = 'available';
    lastError = '';
  });
  connection.on('connect', () => {
    // A frozen Redis accepts connections too, but is not ready in time.
    const { stream } = connection;
    setTimeout(() => {
      if (connection.status === 'connect' && stream === connection.stream) stream.destroy();
    }, READY_TIMEOUT_MS).unref();
  });

  const send = async <Result>(command: Command<Result>): Promise<Result> => {
    const { stream } = connection;
    const reply = command(connection);
    const isLost = () => connection.status !== 'ready' || stream.destroyed;
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const cancelTimeout = setTimeoutAfterReads(COMMAND_TIMEOUT_MS, () => {
      open(stream);
      reject(new RedisUnavailableError());
    });
    const onReply = () => close(stream);
    reply.then(onReply, onReply);
    try {
      return await Promise.race([reply, timeout]);
    } catch (error) {
      throw isLost() ? new RedisUnavailableError() : error;
    } finally {
      cancelTimeout();
    }
  };

  return {
    connection,
    get isAvailable() {
      return isAvailable();
    },
    async tryCommand(command) {
      if (!isAvailable()) throw new RedisUnavailableError();
      return send(command);
    },
    close() {
      state = 'closed';
      if (openCircuit) clearTimeout(openCircuit.timer);
      connection.disconnect();
      // A frozen Redis would not end its side.
      connection.stream?.destroy();
    },
  };
}

/** Reads replies that arrived in time first, as this process may be late itself. Returns a function that cancels it. */
function setTimeoutAfterReads(milliseconds: number, callback: () => void): () => void {
  let isCancelled = false;
  const timer = setTimeout(() => {
    setImmediate(() => {
      if (!isCancelled) callback();
    });
  }, milliseconds);
  return () => {
    isCancelled = true;
    clearTimeout(timer);
  };
}

/** Redis repeats an unknown user name in its error message. */
function createCredentialRedactor(url: string): (text: string) => string {
  const { username, password } = new URL(url);
  // As in the URL, and as sent.
  const secrets = [password, username].flatMap((word) => [word, decode(word)]).filter((word) => word !== '');
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
