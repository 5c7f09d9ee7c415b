import { setTimeout as sleep } from 'node:timers/promises';
import { Incident } from '@incidents/contracts';
import { buildIncident } from '../load/build-incident.ts';

export interface Reported {
  id: number;
  /** Time of the 201 in milliseconds of Unix time. */
  at: number;
}

export interface Reports {
  incidents: Reported[];
  changed: number[];
  refused: string[];
  slowest: number;
}

export const FINAL_STATUS = 'закрыт';

/** @param options.changes the number of closed incidents, spread over the whole time */
export async function reportIncidents(
  apiUrl: string,
  options: { seconds: number; perSecond: number; changes: number },
): Promise<Reports> {
  const reports: Reports = { incidents: [], changed: [], refused: [], slowest: 0 };
  const sendRequest = async (method: string, path: string, body: unknown) => {
    const began = Date.now();
    try {
      const reply = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await reply.text();
      if (reply.ok) return Incident.parse(JSON.parse(text));
      reports.refused.push(`${method} ${path}: ${reply.status} ${text}`);
    } catch (error) {
      reports.refused.push(`${method} ${path}: ${error}`);
    } finally {
      reports.slowest = Math.max(reports.slowest, Date.now() - began);
    }
    return undefined;
  };

  const total = Math.round(options.seconds * options.perSecond);
  const every = Math.max(1, Math.floor(total / options.changes));
  const began = Date.now();
  const underWay: Promise<unknown>[] = [];
  for (let index = 0; index < total; index++) {
    await sleep(Math.max(0, began + (index * 1_000) / options.perSecond - Date.now()));
    const report = sendRequest('POST', '/incidents', buildIncident(`Узел ${index} не отвечает`)).then(
      async (incident) => {
        if (incident === undefined) return;
        reports.incidents.push({ id: incident.id, at: Date.now() });
        if (index % every !== 0 || reports.changed.length >= options.changes) return;
        reports.changed.push(incident.id);
        await sleep(1_500);
        await sendRequest('PATCH', `/incidents/${incident.id}`, { status: FINAL_STATUS });
      },
    );
    underWay.push(report);
  }
  await Promise.all(underWay);
  return reports;
}
