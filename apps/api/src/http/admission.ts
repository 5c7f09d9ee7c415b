import { HttpProblem } from './problem.ts';

/** How many requests are worked on at a time, and how long the others wait for that. */
export interface AdmissionLimits {
  /** Requests at a time. */
  most: number;
  /** Milliseconds that one waits for its turn. */
  patience: number;
  /** Most that wait; each holds its body in memory. */
  queue: number;
}

/**
 * Beside the number at a time, which is configured. Together with the wait for a connection to a database that stands
 * still it has to stay below three seconds.
 */
export const QUEUE_LIMITS = { patience: 700, queue: 1_000 };

/** Lets requests in, in the order in which they came. */
export interface Admission {
  /**
   * Runs `work` when it is its turn.
   * @throws HttpProblem overloaded, when too many wait already or its turn does not come in time
   */
  run<Result>(work: () => Promise<Result> | Result): Promise<Result>;
}

/**
 * Beyond what a process can do at a time more work makes everybody slower and nobody faster: those who cannot be
 * served soon are told so at once.
 */
export function createAdmission({ most, patience, queue }: AdmissionLimits): Admission {
  let running = 0;
  const waiting = new Set<() => void>();

  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const come = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(come);
        reject(overloaded());
      }, patience);
      waiting.add(come);
    });

  return {
    async run(work) {
      if (running < most) running += 1;
      else if (waiting.size >= queue) throw overloaded();
      // Whoever ends hands its place over, so the count stays.
      else await turn();
      try {
        return await work();
      } finally {
        const [next] = waiting;
        if (next) {
          waiting.delete(next);
          next();
        } else running -= 1;
      }
    },
  };
}

const overloaded = () => new HttpProblem('overloaded', {}, { 'Retry-After': '1' });
