import { useQueryClient } from '@tanstack/react-query';
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
  return isStreaming ? CHECK_INTERVAL_MS : REFRESH_INTERVAL_MS;
}
