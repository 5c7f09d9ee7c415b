import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';

/** Bytes that wait to be written; while there are more, lines are dropped. One line may be longer. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** Milliseconds between two writes: a busy process would else write a few lines at a time. */
const COLLECT_MS = 10;

/** Milliseconds after which a failed write, or one to a full pipe, is tried again. */
const RETRY_MS = 10;

/** Milliseconds for which the end of the process waits for a slow reader. */
const EXIT_FLUSH_MS = 300;

/** How pino begins a line that stands for the end of the process. */
const FATAL = '{"level":"fatal"';

export interface LogOutput {
  write(line: string): void;
}

/**
 * `write` neither throws nor blocks. Lines of 10 ms share a write; a full buffer drops all but `fatal` ones.
 * @param onDropped told how many lines are missing, once the buffer has been written
 */
export function createLogOutput(onDropped: (lines: number) => void): LogOutput {
  const { fd, isFile } = openOutput();
  let lines: string[] = [];
  /** What is being written; only whole lines are dropped, so its rest stays until it can be written. */
  let chunk: Buffer = Buffer.alloc(0);
  let pendingBytes = 0;
  let droppedLines = 0;
  let isScheduled = false;
  let flushedAt = 0;
  let isInFlight = false;
  let retryTimer: NodeJS.Timeout | undefined;

  const takeLines = () => {
    const taken = lines.join('');
    lines = [];
    return Buffer.from(taken);
  };

  const flush = () => {
    isScheduled = false;
    flushedAt = performance.now();
    if (isInFlight || retryTimer !== undefined) return;
    if (chunk.length === 0) chunk = takeLines();
    if (chunk.length === 0) return;
    if (isFile) {
      isInFlight = true;
      write(fd, chunk, (error, written) => {
        isInFlight = false;
        afterWrite(error, written);
      });
      return;
    }
    try {
      afterWrite(null, writeSync(fd, chunk));
    } catch (error) {
      afterWrite(error, 0);
    }
  };

  const afterWrite = (error: unknown, written: number) => {
    if (error !== null) {
      retryTimer = setTimeout(() => {
        retryTimer = undefined;
        flush();
      }, RETRY_MS);
      // What is left is written at the end of the process.
      retryTimer.unref();
      return;
    }
    chunk = chunk.subarray(written);
    pendingBytes -= written;
    if (pendingBytes > 0) flush();
    else if (droppedLines > 0) reportDropped();
  };

  const reportDropped = () => {
    const count = droppedLines;
    droppedLines = 0;
    onDropped(count);
  };

  const writeRest = () => {
    // The thread pool writes what is in flight before the process ends, perhaps after the rest.
    let rest = isInFlight ? takeLines() : Buffer.concat([chunk, takeLines()]);
    const until = performance.now() + EXIT_FLUSH_MS;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(fd, rest));
      } catch (error) {
        if (!isFull(error) || performance.now() > until) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
    pendingBytes = 0;
    chunk = rest;
  };

  process.on('exit', () => {
    writeRest();
    if (droppedLines === 0 || pendingBytes > 0) return;
    reportDropped();
    writeRest();
  });

  return {
    write(line) {
      // Once one line is missing, so are all until the buffer is empty: one gap, and one line that tells of it.
      if ((droppedLines > 0 || pendingBytes > MAX_PENDING_BYTES) && !line.startsWith(FATAL)) {
        droppedLines += 1;
        return;
      }
      lines.push(line);
      pendingBytes += Buffer.byteLength(line);
      if (isScheduled) return;
      isScheduled = true;
      if (performance.now() - flushedAt >= COLLECT_MS) setImmediate(flush);
      else setTimeout(flush, COLLECT_MS).unref();
    },
  };
}

/**
 * Non-blocking: a thread that waits for a reader would hold up `process.exit()`. A file never says EAGAIN,
 * so the thread pool writes it.
 */
function openOutput(): { fd: number; isFile: boolean } {
  if (fstatSync(1).isFile()) return { fd: 1, isFile: true };
  try {
    // A description of its own: other processes that share standard output switch theirs back.
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return { fd: openSync('/dev/stdout', flags), isFile: false };
  } catch {
    // Sockets, and pipes of another user, cannot be opened. Node makes them non-blocking with its stream.
    return { fd: process.stdout.fd, isFile: false };
  }
}

const isFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EAGAIN';
