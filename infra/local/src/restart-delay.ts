const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
/** After a run of this length the next failure counts as the first one. */
const HEALTHY_MS = 30_000;

/** The delay before each restart of one program: it doubles with each failure in a row. */
export class RestartDelay {
  #failures = 0;

  nextMs(ranMs: number): number {
    if (ranMs >= HEALTHY_MS) this.#failures = 0;
    return Math.min(FIRST_DELAY_MS * 2 ** this.#failures++, MAX_DELAY_MS);
  }

  reset(): void {
    this.#failures = 0;
  }
}
