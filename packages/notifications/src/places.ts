/** A waiting line without anybody standing in it: those who have to come again are told when. */
export interface Places {
  /**
   * Milliseconds after which `id` should come again. Those who wait for `key` come about two in each `interval`,
   * however many there are, so that there is always one for a free turn and never a crowd.
   */
  comeAgainIn(key: string, id: number, interval: number): number;
  /** `id` is being served. */
  leave(key: string, id: number): void;
}

/** Who has not come this long after the time that it was told (in ms) was served by another worker. */
const GONE_AFTER = 10_000;

/** Remembers who waits, in this process. */
export function createPlaces(now = () => performance.now(), random = Math.random): Places {
  const lines = new Map<string, Map<number, number>>();
  return {
    comeAgainIn(key, id, interval) {
      const line = lines.get(key) ?? new Map<number, number>();
      lines.set(key, line);
      for (const [other, at] of line) if (at < now() - GONE_AFTER) line.delete(other);
      line.set(id, now());
      const delay = Math.ceil(interval * Math.max(1, random() * line.size));
      line.set(id, now() + delay);
      return delay;
    },
    leave(key, id) {
      const line = lines.get(key);
      line?.delete(id);
      if (line?.size === 0) lines.delete(key);
    },
  };
}
