import { createCycle } from './create-cycle.ts';
import type { SeededIncident } from './load.ts';

export interface BenchRequest {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Scenario {
  /** `--only` takes it whole, or up to one of its hyphens. */
  name: string;
  connections: number;
  writes: boolean;
  usesIncidents: boolean;
  /** One request that all connections repeat, or a function that starts a run and returns its requests. */
  requests: BenchRequest | ((incidents: SeededIncident[]) => () => BenchRequest);
}

const STATUSES = ['новый', 'в работе', 'закрыт'];

export const INCIDENT = {
  text: 'Бот не отвечает на команды',
  description:
    'После обновления бот перестал реагировать на /start. Перезапуск не помог, журнал во вложении.',
  source: 'monitoring',
};

const CONNECTIONS = 64;

const create = (connections: number): Scenario => ({
  name: `create-${connections}`,
  connections,
  writes: true,
  usesIncidents: false,
  requests: { method: 'POST', path: '/incidents/', body: JSON.stringify(INCIDENT) },
});

const listPath = (limit: number, skip: number, status?: string) =>
  `/incidents/?limit=${limit}&skip=${skip}${status === undefined ? '' : `&status=${encodeURIComponent(status)}`}`;

const listHot = (name: string, limit: number, status?: string): Scenario => ({
  name: `${name}-hot`,
  connections: CONNECTIONS,
  writes: false,
  usesIncidents: false,
  requests: { method: 'GET', path: listPath(limit, 0, status) },
});

/** Below 4,000 requests/s it misses a peer's cache of 2 s. The limit varies by a fifth: `skip` is too few. */
const listCold = (name: string, limit: number, maxSkip: number, status?: string): Scenario => {
  const spread = limit / 5;
  const limits = Array.from({ length: 2 * spread + 1 }, (_, index) => limit - spread + index);
  const skips = Array.from({ length: maxSkip + 1 }, (_, skip) => skip);
  // One cycle for all runs: a run must not repeat the pages of the previous one.
  const nextPath = createCycle(limits.flatMap((each) => skips.map((skip) => listPath(each, skip, status))));
  return {
    name: `${name}-cold`,
    connections: CONNECTIONS,
    writes: false,
    usesIncidents: false,
    requests: () => () => ({ method: 'GET', path: nextPath() }),
  };
};

export const scenarios: Scenario[] = [
  create(1),
  create(8),
  create(64),
  create(250),
  {
    name: 'create-keyed',
    connections: CONNECTIONS,
    writes: true,
    usesIncidents: false,
    requests() {
      const run = Date.now();
      let reports = 0;
      return () => {
        reports += 1;
        const key = `${run}-${reports}`;
        return {
          method: 'POST',
          path: '/incidents/',
          headers: { 'Idempotency-Key': key },
          body: JSON.stringify({ ...INCIDENT, dedup_key: key }),
        };
      };
    },
  },
  {
    name: 'one',
    connections: CONNECTIONS,
    writes: false,
    usesIncidents: true,
    requests(incidents) {
      // Above 5,000 requests/s a peer's cache of 2 s answers the second cycle.
      const next = createCycle(incidents);
      return () => ({ method: 'GET', path: `/incidents/${next().id}` });
    },
  },
  listHot('list100', 100),
  listCold('list100', 100, 200),
  listHot('list20', 20),
  listCold('list20', 20, 2_000),
  listHot('filter', 100, 'закрыт'),
  listCold('filter', 100, 200, 'закрыт'),
  {
    name: 'patch',
    connections: CONNECTIONS,
    writes: true,
    usesIncidents: true,
    requests(incidents) {
      const next = createCycle(incidents);
      const statuses = new Map(incidents.map(({ id, status }) => [id, STATUSES.indexOf(status)]));
      const run = Date.now();
      let changes = 0;
      return () => {
        const { id } = next();
        const status = ((statuses.get(id) ?? 0) + 1) % STATUSES.length;
        statuses.set(id, status);
        changes += 1;
        const change = { status: STATUSES[status], text: `Бот не отвечает: ${run}-${changes}` };
        return { method: 'PATCH', path: `/incidents/${id}`, body: JSON.stringify(change) };
      };
    },
  },
  {
    name: 'statistics',
    connections: CONNECTIONS,
    writes: false,
    usesIncidents: false,
    requests: { method: 'GET', path: '/statistics' },
  },
];

/** Creates incidents of all statuses. Not a scenario: it fills a server that has too few incidents. */
export const fill: Scenario = {
  name: 'fill',
  connections: CONNECTIONS,
  writes: true,
  usesIncidents: false,
  requests() {
    const nextStatus = createCycle(STATUSES);
    return () => ({
      method: 'POST',
      path: '/incidents/',
      body: JSON.stringify({ ...INCIDENT, status: nextStatus() }),
    });
  },
};
