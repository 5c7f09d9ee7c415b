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

/** Each call is followed by a read that begins after it. Calls during a read share the next one, which a burst never cancels. */
function createRefresh(client: QueryClient, queryKey: unknown[]): () => Promise<void> {
  let isRefreshing = false;
  let isOutdated = false;
  return async () => {
    isOutdated = true;
    if (isRefreshing) return;
    isRefreshing = true;
    while (isOutdated) {
      isOutdated = false;
      // Waits for the reads under way: an invalid query without data would not be read again.
      await client.refetchQueries({ queryKey, fetchStatus: 'fetching' }, { cancelRefetch: false });
      await client.invalidateQueries({ queryKey });
    }
    isRefreshing = false;
  };
}
