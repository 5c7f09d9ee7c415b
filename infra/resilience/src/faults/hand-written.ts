import { Incident, IncidentList, Statistics } from '@incidents/contracts';
import { HAND_WRITTEN_INCIDENTS } from '../load/hand-written-incidents.ts';
import type { CreateAttempt } from './accepted-incidents.ts';
import type { Stack } from './stack.ts';

/** @returns the incidents as accepted attempts: each message has to arrive */
export async function writeByHand({ postgres }: Stack): Promise<CreateAttempt[]> {
  const at = Date.now();
  const rows = await postgres.query<{ id: number; text: string }>(
    `with written as (
       insert into incidents (text, description, status, source, created_at)
       select text, 'написано от руки', status, source, created_at
       from json_to_recordset($1) as incident (text text, status text, source text, created_at timestamptz)
       returning id, text
     ), event as (
       insert into incident_events (incident_id, kind, actor, request_id)
       select id, 'created', 'psql', 'by hand' from written returning id, incident_id
     ), queued as (
       select graphile_worker.add_job(task, json_build_object(
         'incident_id', incident_id, 'event_id', id, 'request_id', 'by hand'))
       from event, unnest(array[
         'send_email_notification', 'send_telegram_notification', 'update_incident_statistics']) as task
     )
     select id::int, text from written, (select count(*) from queued) as jobs`,
    [JSON.stringify(HAND_WRITTEN_INCIDENTS)],
  );
  return rows.map(({ id, text }) => ({
    text,
    sentAt: at,
    answeredAt: at,
    answer: { kind: 'created', id },
  }));
}

export async function readHandWritten({ apis, workers }: Stack, written: CreateAttempt[]): Promise<string[]> {
  const get = async (path: string): Promise<unknown> => (await fetch(`${apis[0]?.url}${path}`)).json();
  const failures: string[] = [];
  const listed = IncidentList.safeParse(await get('/incidents/?limit=10000'));
  if (!listed.success) failures.push(`the list: ${listed.error.message}`);
  for (const { answer, text } of written) {
    if (answer.kind !== 'created') continue;
    const read = Incident.safeParse(await get(`/incidents/${answer.id}`));
    if (read.data?.text !== text) failures.push(`${text}: ${read.error?.message}`);
  }
  const { by_status, by_source } = Statistics.parse(await get('/statistics'));
  for (const { status, source } of HAND_WRITTEN_INCIDENTS) {
    if (!Object.hasOwn(by_status, status)) failures.push(`the status "${status}" is not counted`);
    if (!Object.hasOwn(by_source, source)) failures.push(`the source "${source}" is not counted`);
  }
  const undated = workers
    .flatMap(({ log }) => log)
    .filter(({ msg }) => msg === 'incidents without a date count for no day')
    .reduce((sum, { changes }) => sum + Number(changes), 0);
  if (undated !== 2) failures.push(`${undated} incidents without a date are in the log, not 2`);
  return failures;
}
