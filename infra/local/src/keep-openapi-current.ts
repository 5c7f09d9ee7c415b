import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { lastLines } from './last-lines.ts';

const execute = promisify(execFile);

export interface OpenApiUpdates {
  /** Runs the script; while it runs, further calls run it once more. */
  update(): void;
  stop(): void;
}

/** Writes the OpenAPI document again after changes. `onWritten` is called when the document has changed. */
export function keepOpenApiCurrent(options: {
  script: string;
  file: string;
  onWritten(): void;
  onError(reason: string): void;
}): OpenApiUpdates {
  const { script, file, onWritten, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let isRunning = false;
  let isWanted = false;

  async function run() {
    isRunning = true;
    while (isWanted && !signal.aborted) {
      isWanted = false;
      const before = readFileSync(file, 'utf8');
      try {
        await execute(process.execPath, [script], { signal });
        if (readFileSync(file, 'utf8') !== before) onWritten();
      } catch (error) {
        if (!signal.aborted) onError(findErrorLine(error));
      }
    }
    isRunning = false;
  }

  return {
    update() {
      isWanted = true;
      if (!isRunning) void run();
    },
    stop: () => stopping.abort(),
  };
}

/** The line of the error itself: a stack follows it. */
function findErrorLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /^\w*Error\b.*$/m.exec(text)?.[0] ?? lastLines(text);
}
