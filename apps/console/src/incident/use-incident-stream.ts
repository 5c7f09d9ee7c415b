import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { followIncidents } from '../service/incident-stream.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';

/** With a stream, in case that its connection breaks without an error. */
const CHECK_INTERVAL_MS = 30_000;

/** Reads all of the incident again after each of its events; returns how often to read it besides. */
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
