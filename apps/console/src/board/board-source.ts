import type { Incident, IncidentStatus } from '@incidents/contracts';
import { STATUSES } from '../service/incident-statuses.ts';
import { nextPage, request } from '../service/request.ts';
import { createStore, type Store } from '../ui/create-store.ts';
import type { BoardFilters } from './board-filters.ts';

const POLL_INTERVAL_MS = 2_000;
/** After this time a column is read again as a whole: changes of older incidents show. */
const RELOAD_INTERVAL_MS = 30_000;
/** What each poll reads of a column. */
const HEAD_SIZE = 100;
const PAGE_SIZE = 1_000;
const MAX_OPEN = 10_000;

export interface BoardState {
  incidents: ReadonlyMap<number, Incident>;
  /** All of the service that match the filters. */
  totals: Readonly<Record<IncidentStatus, number>>;
  isLoaded: boolean;
  error: unknown;
}

export interface BoardSource extends Pick<Store<BoardState>, 'get' | 'subscribe'> {
  start(): () => void;
  /** Shows an incident as the service has just returned it. */
  put(incident: Incident): void;
  /** Loads further closed incidents. */
  showMoreClosed(): void;
  retry(): void;
}

interface Column {
  tag: string | undefined;
  total: number;
  loadedAt: number;
  /** How many are loaded at most. */
  capacity: number;
}

/** The incidents of the board, kept current by conditional requests. */
export function createBoardSource(filters: BoardFilters): BoardSource {
  const state = createStore<BoardState>({
    incidents: new Map(),
    totals: { новый: 0, 'в работе': 0, закрыт: 0 },
    isLoaded: false,
    error: undefined,
  });
  const columns: Record<IncidentStatus, Column> = {
    новый: newColumn(MAX_OPEN),
    'в работе': newColumn(MAX_OPEN),
    закрыт: newColumn(HEAD_SIZE),
  };
  /** When this page has changed an incident: older replies say nothing about it. */
  const changedAt = new Map<number, number>();
  let stopping = new AbortController();
  let timer: number | undefined;

  async function refresh(signal: AbortSignal) {
    try {
      for (const status of STATUSES) await refreshColumn(status, signal);
      update({ isLoaded: true, error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      update({ error });
    }
    timer = window.setTimeout(() => void refresh(signal), POLL_INTERVAL_MS);
  }

  async function refreshColumn(status: IncidentStatus, signal: AbortSignal) {
    const column = columns[status];
    if (performance.now() - column.loadedAt > RELOAD_INTERVAL_MS) return loadColumn(status, signal);
    const askedAt = performance.now();
    const { incidents, total, tag, isChanged } = await readHead(status, column, signal);
    if (!isChanged && total === column.total) return;
    column.total = total;
    column.tag = tag;
    if (incidents)
      replace(status, incidents, askedAt, incidents.length < HEAD_SIZE ? undefined : incidents.at(-1));
    if (countLoaded(status) !== Math.min(total, column.capacity)) await loadColumn(status, signal);
    else update({ totals: { ...state.get().totals, [status]: total } });
  }

  /** Reads a column as a whole. */
  async function loadColumn(status: IncidentStatus, signal: AbortSignal) {
    const column = columns[status];
    const askedAt = performance.now();
    const head = await readHead(status, { ...column, tag: undefined }, signal);
    const loaded = new Map((head.incidents ?? []).map((incident) => [incident.id, incident]));
    for (let path = head.next; path !== undefined && loaded.size < column.capacity; ) {
      const { body, headers } = await request<Incident[]>('GET', path, { signal });
      for (const incident of body) loaded.set(incident.id, incident);
      path = nextPage(headers);
    }
    column.tag = head.tag;
    column.total = head.total;
    column.loadedAt = performance.now();
    replace(status, [...loaded.values()].slice(0, column.capacity), askedAt, undefined);
    update({ totals: { ...state.get().totals, [status]: head.total } });
  }

  async function readHead(status: IncidentStatus, { tag }: Column, signal: AbortSignal) {
    const given = Object.entries(filters).filter(([, value]) => value !== '');
    const query = new URLSearchParams([['status', status], ...given, ['limit', String(HEAD_SIZE)]]);
    const reply = await request<Incident[] | undefined>('GET', `/incidents/?${query}`, {
      headers: { Prefer: 'count=exact', ...(tag !== undefined && { 'If-None-Match': tag }) },
      signal,
    });
    return {
      isChanged: reply.status !== 304,
      incidents: reply.body,
      total: Number(reply.headers.get('x-total-count') ?? 0),
      tag: reply.headers.get('etag') ?? undefined,
      next: nextPage(reply.headers)?.replace(`limit=${HEAD_SIZE}`, `limit=${PAGE_SIZE}`),
    };
  }

  /** @param last the reply says nothing about incidents older than it; undefined: the reply is the whole column */
  function replace(status: IncidentStatus, found: Incident[], askedAt: number, last: Incident | undefined) {
    const incidents = new Map(state.get().incidents);
    const ids = new Set(found.map(({ id }) => id));
    for (const held of incidents.values()) {
      const isCovered = held.status === status && (last === undefined || compareByAge(held, last) <= 0);
      if (isCovered && !ids.has(held.id) && !isChangedSince(held.id, askedAt)) incidents.delete(held.id);
    }
    for (const incident of found) {
      const held = incidents.get(incident.id);
      if (held === undefined ? !isChangedSince(incident.id, askedAt) : incident.version >= held.version)
        incidents.set(incident.id, incident);
    }
    update({ incidents });
  }

  const isChangedSince = (id: number, at: number) => (changedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= at;

  function countLoaded(status: IncidentStatus): number {
    let count = 0;
    for (const incident of state.get().incidents.values()) if (incident.status === status) count += 1;
    return count;
  }

  const update = (change: Partial<BoardState>) => state.set({ ...state.get(), ...change });

  const restart = () => {
    stopping.abort();
    clearTimeout(timer);
    stopping = new AbortController();
    void refresh(stopping.signal);
  };

  return {
    get: state.get,
    subscribe: state.subscribe,
    start() {
      restart();
      return () => {
        stopping.abort();
        clearTimeout(timer);
      };
    },
    put(incident) {
      changedAt.set(incident.id, performance.now());
      const incidents = new Map(state.get().incidents);
      const before = incidents.get(incident.id)?.status;
      incidents.set(incident.id, incident);
      const totals = { ...state.get().totals };
      if (before !== incident.status) {
        for (const [status, difference] of [[before, -1] as const, [incident.status, 1] as const]) {
          if (status === undefined || !(status in totals)) continue;
          totals[status as IncidentStatus] += difference;
          columns[status as IncidentStatus].total += difference;
          columns[status as IncidentStatus].tag = undefined;
        }
      }
      update({ incidents, totals });
    },
    showMoreClosed() {
      columns.закрыт.capacity += PAGE_SIZE;
      columns.закрыт.loadedAt = Number.NEGATIVE_INFINITY;
      restart();
    },
    retry: restart,
  };
}

const newColumn = (capacity: number): Column => ({
  tag: undefined,
  total: 0,
  loadedAt: Number.NEGATIVE_INFINITY,
  capacity,
});

/** The newest first, as the service lists them. */
export const compareByAge = (a: Incident, b: Incident): number =>
  a.created_at === b.created_at ? b.id - a.id : a.created_at < b.created_at ? 1 : -1;
