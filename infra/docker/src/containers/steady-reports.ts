import { setTimeout as sleep } from 'node:timers/promises';

/** Few, so a slow machine answers more slowly and refuses none. */
const CLIENTS = 4;
const PAUSE_MS = 100;
/** Longer than the API needs for its 503 while the database is away. */
const TIMEOUT_MS = 8_000;

export interface SteadyReports {
  /** Ids of the incidents that were answered with 201. */
  readonly created: number[];
  /** How many answers had another status, by that; "none" where there was no answer. */
  readonly others: Map<string, number>;
  /** Sends no more; resolves when every answer has come. */
  stop(): Promise<void>;
}

/** Reports incidents, several at a time. */
export function startReports(url: string): SteadyReports {
  const created: number[] = [];
  const others = new Map<string, number>();
  const count = (status: string) => void others.set(status, (others.get(status) ?? 0) + 1);
  const report = async () => {
    try {
      const reply = await fetch(`${url}/incidents/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: 'Бот не отвечает', description: 'в контейнере', source: 'containers' }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const body = (await reply.json()) as { id: number };
      if (reply.status === 201) created.push(body.id);
      else count(String(reply.status));
    } catch {
      count('none');
    }
  };
  let stopped = false;
  const runClient = async () => {
    while (!stopped) {
      await report();
      await sleep(PAUSE_MS);
    }
  };
  const ended = Promise.all(Array.from({ length: CLIENTS }, runClient));
  return {
    created,
    others,
    async stop() {
      stopped = true;
      await ended;
    },
  };
}
