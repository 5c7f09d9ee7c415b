import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { followIncidents } from '../service/incident-stream.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';

/** With a stream: its connection may break without an error. */
const CHECK_INTERVAL_MS = 30_000;

/**
 * Reads the incident, its history and its deliveries again after each event.
 * @returns the interval in milliseconds in which to read them besides
 */
export function useIncidentStream(id: number): number {
  const client = useQueryClient();
  const [isStreaming, setStreaming] = useState(false);
  useEffect(() => {
    const refresh = createRefresh(client, ['incident', id]);
    return followIncidents(new URLSearchParams(), {
      onBegin() {
        setStreaming(true);
        void refresh();
      },
      onEvents(events) {
        if (events.some(({ event }) => event.incident_id === id)) void refresh();
      },
      onLost: () => setStreaming(false),
    });
  }, [client, id]);
  return isStreaming ? CHECK_INTERVAL_MS : REFRESH_INTERVAL_MS;
}

/** Returns a function that reads the queries again. Calls during a read share the next one, so a burst does not cancel reads. */
function createRefresh(client: QueryClient, queryKey: unknown[]): () => Promise<void> {
  let isRefreshing = false;
  let isOutdated = false;
  return async () => {
    isOutdated = true;
    if (isRefreshing) return;
    isRefreshing = true;
    while (isOutdated) {
      isOutdated = false;
      // Waits for reads under way: `invalidateQueries` does not repeat a first read.
      await client.refetchQueries({ queryKey, fetchStatus: 'fetching' }, { cancelRefetch: false });
      await client.invalidateQueries({ queryKey });
    }
    isRefreshing = false;
  };
}
