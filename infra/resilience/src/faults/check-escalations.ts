import { CHANNEL_NAMES } from '@incidents/db/tables/channel';
import type { OwnPostgres } from '../postgres/own-postgres.ts';
import type { Arrival } from './accepted-incidents.ts';

export interface EscalatedIncident {
  id: number;
  status: string;
  isScheduled: boolean;
  /** Events of kind `escalated`. */
  escalations: number;
  /** Those before the incident was due, except after the clock was set back behind its creation. */
  early: number;
  /** Those after it was taken. */
  late: number;
}

export const readEscalatedIncidents = (
  { query }: OwnPostgres,
  escalateAfterSeconds: number,
): Promise<EscalatedIncident[]> =>
  query<EscalatedIncident & Record<string, unknown>>(
    `select incidents.id::int, status, escalates_at is not null as "isScheduled",
       count(event.id)::int as escalations,
       (count(event.id) filter (where event.at >= created_at and event.at < created_at + make_interval(secs => $1)))::int as early,
       (count(event.id) filter (where event.id > taken.id))::int as late
     from incidents
     left join incident_events as event on event.incident_id = incidents.id and event.kind = 'escalated'
     left join incident_events as taken on taken.incident_id = incidents.id and taken.kind = 'updated'
     group by incidents.id`,
    [escalateAfterSeconds],
  );

/** Incidents that both channels have told as escalated. */
export function findToldEscalations(arrivals: Arrival[]): number[] {
  const told = arrivals.filter(({ isEscalation }) => isEscalation);
  const ids = CHANNEL_NAMES.map(
    (name) => new Set(told.filter(({ channel }) => channel === name).map(({ incident }) => incident)),
  );
  return [...(ids[0] ?? [])].filter((id) => ids.every((ofChannel) => ofChannel.has(id)));
}

/** Telegram merges the escalations of an incident into one message, so only mails are counted. */
export function findEscalationFailures(incidents: EscalatedIncident[], arrivals: Arrival[]): string[] {
  const mails = new Map<number, number>();
  for (const { channel, incident, isEscalation } of arrivals) {
    if (channel === 'email' && isEscalation) mails.set(incident, (mails.get(incident) ?? 0) + 1);
  }
  return incidents.flatMap(({ id, status, isScheduled, escalations, early, late }) => {
    const told = mails.get(id) ?? 0;
    return [
      status !== 'в работе' && 'not taken, so its escalation was not told',
      status === 'в работе' && isScheduled && 'taken, but still scheduled',
      early > 0 && 'escalated before it was due',
      late > 0 && 'escalated after it was taken',
      told < escalations && `${escalations} escalations, but ${told} mails about them`,
      told > 0 && escalations === 0 && 'told as escalated without an escalation',
    ].flatMap((failure) => (failure === false ? [] : [`№${id}: ${failure}`]));
  });
}
