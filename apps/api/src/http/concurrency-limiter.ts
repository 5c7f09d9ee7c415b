import { HttpProblem } from './problem.ts';

export interface ConcurrencyLimits {
  maxInFlight: number;
  queueTimeoutMs: number;
  /** Calls in the queue; each request holds its body in memory. */
  maxQueued: number;
}

/** Of requests. With the wait for a database connection (2.2 s), `queueTimeoutMs` stays below three seconds. */
export const QUEUE_LIMITS = { queueTimeoutMs: 700, maxQueued: 1_000 };

export interface ConcurrencyLimiter {
  /**
   * Runs `work` in the order of the calls.
   * @throws HttpProblem overloaded, when the queue is full or the call has waited for `queueTimeoutMs`
   */
  run<Result>(work: () => Promise<Result> | Result): Promise<Result>;
}

/** Beyond a process's capacity more concurrent work slows down every request, so the excess is rejected early. */
export function createConcurrencyLimiter({
  maxInFlight,
  queueTimeoutMs,
  maxQueued,
}: ConcurrencyLimits): ConcurrencyLimiter {
  let inFlight = 0;
  const queue = new Set<() => void>();

  const waitInQueue = () =>
    new Promise<void>((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.delete(start);
        reject(overloaded());
      }, queueTimeoutMs);
      queue.add(start);
    });

  return {
    async run(work) {
      if (inFlight < maxInFlight) inFlight += 1;
      else if (queue.size >= maxQueued) throw overloaded();
      // A call that ends passes its slot on, so `inFlight` stays.
      else await waitInQueue();
      try {
        return await work();
      } finally {
        const [next] = queue;
        if (next) {
          queue.delete(next);
          next();
        } else inFlight -= 1;
      }
    },
  };
}

const overloaded = () => new HttpProblem('overloaded', {}, { 'Retry-After': '1' });
