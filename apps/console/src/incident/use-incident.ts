import type { Incident, IncidentEvent, UpdateIncident } from '@incidents/contracts';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { followIncidents } from '../service/incident-stream.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';
import { findPresentIncident, get, nextPage, request } from '../service/request.ts';
import { ifMatch } from '../service/versions.ts';

/** With a stream, in case that its connection breaks without an error. */
const CHECK_INTERVAL_MS = 30_000;
/** Events of a page, at most. */
const PAGE_SIZE = 100;

export interface EventHistory {
  /** The oldest first. */
  events: IncidentEvent[];
  hasEarlier: boolean;
}

/** The incident and its history, read again after each of its events; every few seconds without a stream. */
export function useIncident(id: number) {
  const client = useQueryClient();
  const [isStreaming, setStreaming] = useState(false);
  const [pages, setPages] = useState(1);
  useEffect(() => {
    const refresh = () => void client.invalidateQueries({ queryKey: ['incident', id] });
    return followIncidents(new URLSearchParams(), {
      onBegin() {
        setStreaming(true);
        refresh();
      },
      onEvents(events) {
        if (events.some(({ event }) => event.incident_id === id)) refresh();
      },
      onLost: () => setStreaming(false),
    });
  }, [client, id]);
  const refetchInterval = isStreaming ? CHECK_INTERVAL_MS : REFRESH_INTERVAL_MS;
  const incident = useQuery({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => get<Incident>(`/incidents/${id}`, { signal }),
    refetchInterval,
  });
  const history = useQuery({
    queryKey: ['incident', id, 'events', pages],
    queryFn: ({ signal }) => readHistory(id, pages, signal),
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  return { incident, history, showEarlier: () => setPages(pages * 2) };
}

/** Reads the newest events. */
async function readHistory(id: number, pages: number, signal: AbortSignal): Promise<EventHistory> {
  const events: IncidentEvent[] = [];
  let path: string | undefined = `/incidents/${id}/events?order=newest&limit=${PAGE_SIZE}`;
  for (let page = 0; path !== undefined && page < pages; page++) {
    const { body, headers } = await request<IncidentEvent[]>('GET', path, { signal });
    events.push(...body);
    path = nextPage(headers);
  }
  return { events: events.reverse(), hasEarlier: path !== undefined };
}

/** Returns a function that changes the incident if it still has the version; else the page shows the present one. */
export function useUpdateIncident(id: number) {
  const client = useQueryClient();
  const show = (incident: Incident) => {
    client.setQueryData(['incident', id], incident);
    void client.invalidateQueries({ queryKey: ['incident', id] });
  };
  return async (changes: UpdateIncident, version: number): Promise<void> => {
    try {
      const { body } = await request<Incident>('PATCH', `/incidents/${id}`, {
        json: changes,
        headers: ifMatch(version),
      });
      show(body);
    } catch (error) {
      const present = findPresentIncident(error);
      if (present) show(present);
      throw error;
    }
  };
}
