/** A waiting line without a line: each of those who have to come again is told a time of its own. */
export interface Places {
  /** Milliseconds after which to come again; `interval` more than the one before was told. */
  next(key: string, interval: number): number;
}

/** Keeps what is too much at once from coming back all at once. */
export function createPlaces(now: () => number = () => performance.now()): Places {
  const latest = new Map<string, number>();
  return {
    next(key, interval) {
      const at = Math.max(now(), latest.get(key) ?? 0) + interval;
      latest.set(key, at);
      return Math.ceil(at - now());
    },
  };
}
