import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';

/** Above this size the buffer drops lines. One line may be longer. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** Lines of this time share a write. */
const WRITE_INTERVAL_MS = 50;

/** Delay after a failed write, or one to a full pipe. */
const RETRY_MS = 10;

/** Longest time for which the exit waits for a slow reader. */
const EXIT_FLUSH_MS = 300;

/** The first bytes of a fatal line of pino. */
const FATAL = '{"level":"fatal"';

export interface LogOutput {
  write(line: string): void;
}

/**
 * `write` neither throws nor blocks. A full buffer drops all lines but fatal ones.
 * @param onDropped receives the number of dropped lines, once the buffer has been written
 */
export function createLogOutput(onDropped: (lines: number) => void): LogOutput {
  const { fd, isFile } = openOutput();
  let lines: string[] = [];
  /** The bytes of the current write. Only whole lines are dropped, so its rest stays. */
  let chunk: Buffer = Buffer.alloc(0);
  let pendingBytes = 0;
  let droppedLines = 0;
  let isScheduled = false;
  let isInFlight = false;
  let retryTimer: NodeJS.Timeout | undefined;

  const takeLines = () => {
    const taken = lines.join('');
    lines = [];
    return Buffer.from(taken);
  };

  const flush = () => {
    isScheduled = false;
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
      // The exit writes the rest.
      retryTimer.unref();
      return;
    }
    chunk = chunk.subarray(written);
    pendingBytes -= written;
    // Lines that came during this write have a flush of their own, unless that came during it too.
    if (chunk.length > 0 || (pendingBytes > 0 && !isScheduled)) flush();
    else if (pendingBytes === 0 && droppedLines > 0) reportDropped();
  };

  const reportDropped = () => {
    const count = droppedLines;
    droppedLines = 0;
    onDropped(count);
  };

  const writeRest = () => {
    // The thread pool finishes a write in flight before the exit, perhaps after these lines.
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
      // Dropping goes on until the buffer is empty. So the log has one gap and one line about it.
      if ((droppedLines > 0 || pendingBytes > MAX_PENDING_BYTES) && !line.startsWith(FATAL)) {
        droppedLines += 1;
        return;
      }
      lines.push(line);
      pendingBytes += Buffer.byteLength(line);
      if (isScheduled) return;
      isScheduled = true;
      setTimeout(flush, WRITE_INTERVAL_MS).unref();
    },
  };
}

/**
 * Opens standard output without blocking, because a thread that waits for a reader delays `process.exit()`.
 * A file never returns EAGAIN, so the thread pool writes it.
 */
function openOutput(): { fd: number; isFile: boolean } {
  if (fstatSync(1).isFile()) return { fd: 1, isFile: true };
  try {
    // A new file description: other processes of the same output may set theirs to blocking.
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return { fd: openSync('/dev/stdout', flags), isFile: false };
  } catch {
    // Sockets, and pipes of another user, cannot be opened. Node makes them non-blocking with its stream.
    return { fd: process.stdout.fd, isFile: false };
  }
}

const isFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EAGAIN';
