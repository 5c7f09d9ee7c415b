import type { Incident, UpdateIncident } from '@incidents/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { findPresentIncident, get, request } from '../service/request.ts';
import { ifMatch } from '../service/versions.ts';

export const useIncident = (id: number, refreshIntervalMs: number) =>
  useQuery({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => get<Incident>(`/incidents/${id}`, { signal }),
    refetchInterval: refreshIntervalMs,
  });

/** Returns a function that changes the expected version. If there is another, the page shows it and the call rejects. */
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
