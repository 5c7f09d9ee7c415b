/** Work that runs side by side, with a limit for each key. */
export interface Lanes {
  /** Runs `work` when fewer than `width` of the same key are running; those that wait keep their order. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
  /** How many of a key are running or waiting. */
  load(key: string): number;
}

/** @param width how many of one key run at the same time */
export function createLanes(width: number): Lanes {
  const lanes = new Map<string, { running: number; waiting: (() => void)[] }>();
  return {
    async run(key, work) {
      const lane = lanes.get(key) ?? { running: 0, waiting: [] };
      lanes.set(key, lane);
      if (lane.running < width) lane.running += 1;
      // Whoever ends hands its place over, so the count stays.
      else await new Promise<void>((resolve) => lane.waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = lane.waiting.shift();
        if (next) next();
        else lane.running -= 1;
        if (lane.running === 0) lanes.delete(key);
      }
    },
    load(key) {
      const lane = lanes.get(key);
      return lane === undefined ? 0 : lane.running + lane.waiting.length;
    },
  };
}
