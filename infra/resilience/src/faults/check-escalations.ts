import { CHANNEL_NAMES } from '@incidents/db/tables/channel';
import type { OwnPostgres } from '../postgres/own-postgres.ts';
import type { Arrival } from './accepted-incidents.ts';

export interface EscalatedIncident {
  id: number;
  status: string;
  isScheduled: boolean;
  /** Events of kind `escalated`. */
  escalations: number;
  /** Escalations before the incident was due; those before its creation are left out, as the clock was set back. */
  early: number;
  /** Escalations after it was taken. */
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

/** Ids of the incidents of whose escalation both channels have notified. */
export function findNotifiedEscalations(arrivals: Arrival[]): number[] {
  const escalations = arrivals.filter(({ isEscalation }) => isEscalation);
  const ids = CHANNEL_NAMES.map(
    (name) => new Set(escalations.filter(({ channel }) => channel === name).map(({ incident }) => incident)),
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
    const notified = mails.get(id) ?? 0;
    return [
      status !== 'в работе' && 'not taken, so its escalation did not arrive',
      status === 'в работе' && isScheduled && 'taken, but still scheduled',
      early > 0 && 'escalated before it was due',
      late > 0 && 'escalated after it was taken',
      notified < escalations && `${escalations} escalations, but ${notified} mails about them`,
      notified > 0 && escalations === 0 && 'notified of an escalation that is not stored',
    ].flatMap((failure) => (failure === false ? [] : [`№${id}: ${failure}`]));
  });
}
