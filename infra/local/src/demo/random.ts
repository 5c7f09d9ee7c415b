export interface Random {
  /** From 0 to 1, without 1. */
  next(): number;
  /** A whole number from `minimum` to `maximum`, both included. */
  whole(minimum: number, maximum: number): number;
  isTrue(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  /** Picks by weight. */
  pickKey<Key extends string>(weights: Readonly<Record<Key, number>>): Key;
  /** A waiting time with this mean: mostly shorter, at times much longer. */
  wait(mean: number): number;
  /** A UUID of version 4. */
  uuid(): string;
}

/** Equal seeds give equal sequences (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const whole = (minimum: number, maximum: number) => minimum + Math.floor(next() * (maximum - minimum + 1));
  function pick<Value>(values: readonly Value[]): Value {
    if (values.length === 0) throw new Error('there is nothing to pick from');
    return values[whole(0, values.length - 1)] as Value;
  }

  return {
    next,
    whole,
    pick,
    isTrue: (probability) => next() < probability,
    pickKey<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
      const entries = Object.entries(weights) as [Key, number][];
      let rest = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        rest -= weight;
        if (rest < 0) return key;
      }
      return pick(entries)[0];
    },
    wait: (mean) => -Math.log(1 - next()) * mean,
    uuid() {
      const hex = Array.from({ length: 32 }, (_, index) => {
        if (index === 12) return '4';
        return (index === 16 ? whole(8, 11) : whole(0, 15)).toString(16);
      }).join('');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
  };
}
