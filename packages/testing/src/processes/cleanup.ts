export interface Cleanup {
  /** Adds a step; steps run in reverse order. */
  add(step: () => unknown): void;
  /** Runs each step once; a second call waits for the first. An error of one step is printed and stops no other. */
  run(): Promise<void>;
}

export function createCleanup(): Cleanup {
  const steps: (() => unknown)[] = [];
  let running: Promise<void> | undefined;
  const runAll = async () => {
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
      running ??= runAll().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
