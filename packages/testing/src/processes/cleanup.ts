/** What has to be undone, whatever happens. */
export interface Cleanup {
  /** Adds a step; steps are taken in reverse. */
  add(step: () => unknown): void;
  /** Takes every step once; a second call waits for the first. What a step throws is printed and stops no other. */
  run(): Promise<void>;
}

/** Begins with nothing to undo. */
export function createCleanup(): Cleanup {
  const steps: (() => unknown)[] = [];
  let running: Promise<void> | undefined;
  const takeAll = async () => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step();
      } catch (error) {
        console.error(error);
      }
    }
  };
  return {
    add: (step) => void steps.push(step),
    run: () => {
      running ??= takeAll().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
