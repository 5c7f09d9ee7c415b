import type { Incident, IncidentStatus, IncidentSummary, StreamedEvent } from '@incidents/contracts';
import { isStatus, STATUSES } from '../service/incident-statuses.ts';
import { followIncidents } from '../service/incident-stream.ts';
import { nextPage, request } from '../service/request.ts';
import { createStore, type Store } from '../ui/create-store.ts';
import type { BoardFilters } from './board-filters.ts';

/** Without a stream. */
const POLL_INTERVAL_MS = 2_000;
/** With a stream: keeps the totals of incidents that are not loaded right. */
const CHECK_INTERVAL_MS = 30_000;
/** Without a stream a column is read again as a whole after this time: changes of older incidents show. */
const RELOAD_INTERVAL_MS = 30_000;
/** Incidents of a column that each poll reads. */
const HEAD_SIZE = 100;
const PAGE_SIZE = 1_000;
const MAX_OPEN = 10_000;

/** The stream has no descriptions: one that it reports is found by the other fields. */
export type BoardIncident = IncidentSummary & { description?: string };

export interface BoardState {
  incidents: ReadonlyMap<number, BoardIncident>;
  /** All of the service that match the filters. */
  totals: Readonly<Record<IncidentStatus, number>>;
  isLoaded: boolean;
  error: unknown;
}

export interface BoardSource extends Pick<Store<BoardState>, 'get' | 'subscribe'> {
  start(): () => void;
  /** Shows an incident as the service has just returned it. */
  put(incident: BoardIncident): void;
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

/** The incidents of the board, kept current by the stream, and by conditional requests without one. */
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
  let isStreaming = false;

  async function refresh(signal: AbortSignal) {
    try {
      for (const status of STATUSES) await refreshColumn(status, signal);
      update({ isLoaded: true, error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      update({ error });
    }
    timer = window.setTimeout(
      () => void refresh(signal),
      isStreaming && !state.get().error ? CHECK_INTERVAL_MS : POLL_INTERVAL_MS,
    );
  }

  async function refreshColumn(status: IncidentStatus, signal: AbortSignal) {
    const column = columns[status];
    const isStale = !isStreaming && performance.now() - column.loadedAt > RELOAD_INTERVAL_MS;
    if (isStale || column.loadedAt === Number.NEGATIVE_INFINITY) return loadColumn(status, signal);
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
    const query = givenFilters(filters);
    query.set('status', status);
    query.set('limit', String(HEAD_SIZE));
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
  function replace(
    status: IncidentStatus,
    found: Incident[],
    askedAt: number,
    last: BoardIncident | undefined,
  ) {
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

  function reload() {
    for (const column of Object.values(columns)) column.loadedAt = Number.NEGATIVE_INFINITY;
    restart();
  }

  function apply(changes: { id: number; incident: BoardIncident | undefined }[]) {
    const incidents = new Map(state.get().incidents);
    const totals = { ...state.get().totals };
    for (const { id, incident } of changes) {
      const held = incidents.get(id);
      if (held && incident && incident.version < held.version) continue;
      changedAt.set(id, performance.now());
      const shown = incident && matchesFilters(incident, filters) ? incident : undefined;
      if (shown) incidents.set(id, held?.description === undefined ? shown : { ...held, ...shown });
      else incidents.delete(id);
      if (held?.status === shown?.status) continue;
      for (const [status, difference] of [
        [held?.status, -1],
        [shown?.status, 1],
      ] as const) {
        if (!isStatus(status)) continue;
        totals[status] += difference;
        columns[status].total += difference;
        columns[status].tag = undefined;
      }
    }
    update({ incidents, totals });
  }

  const applyEvents = (events: StreamedEvent[]) =>
    apply(events.map(({ event, incident }) => ({ id: event.incident_id, incident: incident ?? undefined })));

  return {
    get: state.get,
    subscribe: state.subscribe,
    start() {
      let isPolling = false;
      const stopFollowing = followIncidents(givenFilters(filters), {
        onBegin() {
          isPolling = false;
          isStreaming = true;
          reload();
        },
        onEvents: applyEvents,
        onLost() {
          // Only the first loss starts the polls: a second start would cancel the read under way.
          if (isPolling) return;
          isPolling = true;
          isStreaming = false;
          restart();
        },
      });
      return () => {
        stopFollowing();
        stopping.abort();
        clearTimeout(timer);
      };
    },
    put: (incident) => apply([{ id: incident.id, incident }]),
    showMoreClosed() {
      columns.закрыт.capacity += PAGE_SIZE;
      columns.закрыт.loadedAt = Number.NEGATIVE_INFINITY;
      restart();
    },
    retry: restart,
  };
}

const givenFilters = (filters: BoardFilters) =>
  new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ''));

const matchesFilters = (incident: BoardIncident, { severity, bot, assignee }: BoardFilters): boolean =>
  (severity === '' || incident.severity === severity) &&
  (bot === '' || incident.bot === bot.replace(/^@/, '')) &&
  (assignee === '' || incident.assignee === assignee);

const newColumn = (capacity: number): Column => ({
  tag: undefined,
  total: 0,
  loadedAt: Number.NEGATIVE_INFINITY,
  capacity,
});

/** The newest first, as the service lists them. */
export const compareByAge = (a: BoardIncident, b: BoardIncident): number =>
  a.created_at === b.created_at ? b.id - a.id : a.created_at < b.created_at ? 1 : -1;
