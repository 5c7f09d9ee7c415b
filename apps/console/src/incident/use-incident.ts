import type { Incident, IncidentEvent, UpdateIncident } from '@incidents/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';
import { findPresentIncident, get, nextPage, request } from '../service/request.ts';
import { ifMatch } from '../service/versions.ts';

const MAX_EVENT_PAGES = 10;

export const useIncident = (id: number) =>
  useQuery({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => get<Incident>(`/incidents/${id}`, { signal }),
    refetchInterval: REFRESH_INTERVAL_MS,
  });

/** The history, the oldest first: at most the first thousand events. */
export const useEvents = (id: number) =>
  useQuery({
    queryKey: ['incident', id, 'events'],
    queryFn: ({ signal }) => readEvents(id, signal),
    refetchInterval: REFRESH_INTERVAL_MS,
  });

async function readEvents(id: number, signal: AbortSignal): Promise<IncidentEvent[]> {
  const events: IncidentEvent[] = [];
  let path: string | undefined = `/incidents/${id}/events?limit=100`;
  for (let page = 0; path !== undefined && page < MAX_EVENT_PAGES; page++) {
    const { body, headers } = await request<IncidentEvent[]>('GET', path, { signal });
    events.push(...body);
    path = nextPage(headers);
  }
  return events;
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
