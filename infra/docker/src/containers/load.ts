import { setTimeout as sleep } from 'node:timers/promises';

/** Few, so a slow machine answers late but rejects none. */
const CLIENTS = 4;
const PAUSE_MS = 100;
/** Longer than the API takes for its 503 while PostgreSQL is unavailable. */
const TIMEOUT_MS = 8_000;

export interface Load {
  readonly created: number[];
  /** The number of other replies by status; "none" without a reply. */
  readonly others: Map<string, number>;
  stop(): Promise<void>;
}

/** Creates incidents with several clients until it is stopped. */
export function startLoad(url: string): Load {
  const created: number[] = [];
  const others = new Map<string, number>();
  const count = (status: string) => void others.set(status, (others.get(status) ?? 0) + 1);
  const create = async () => {
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
  let isStopped = false;
  const runClient = async () => {
    while (!isStopped) {
      await create();
      await sleep(PAUSE_MS);
    }
  };
  const ended = Promise.all(Array.from({ length: CLIENTS }, runClient));
  return {
    created,
    others,
    async stop() {
      isStopped = true;
      await ended;
    },
  };
}
