import { eventually } from '@incidents/testing/eventually';
import { waitingJobs } from '@incidents/testing/fixtures/deliveries';
import { cause, someIncident, storeIncident } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { expect, onTestFinished, test } from 'vitest';
import { escalateIncidents } from './escalate-incidents.ts';

const database = useTestDatabase();
const { logger, lines } = useTestLogger();
const query = (text: string) => database.db.pool.query(text);

function startEscalating() {
  const stopping = new AbortController();
  const ended = escalateIncidents(
    { db: database.db.kysely, escalateAfterSeconds: { error: 3_600 }, logger },
    stopping.signal,
  );
  onTestFinished(async () => {
    stopping.abort();
    await ended;
  });
}

const readDelays = async () => {
  const { rows } = await database.db.pool.query<{ seconds: number }>(
    `select extract(epoch from at - due_at)::float8 as seconds
     from incident_events join due using (incident_id) where kind = 'escalated'`,
  );
  return rows.map(({ seconds }) => seconds);
};

async function scheduleIncidents(count: number) {
  await query('drop table if exists due');
  for (let index = 0; index < count; index++) {
    await storeIncident(database.db.kysely, someIncident(), cause, []);
  }
  await query(`update incidents set escalates_at = now() + interval '300 ms'`);
  await query('create table due as select id as incident_id, escalates_at as due_at from incidents');
}

test('escalates all due incidents within two seconds, and queues both notifications', async () => {
  startEscalating();
  await scheduleIncidents(450);
  await eventually(async () => expect(await readDelays()).toHaveLength(450));
  expect(Math.max(...(await readDelays()))).toBeLessThan(2);
  const tasks = (await waitingJobs(database.db)).map(({ task }) => task);
  expect(tasks).toHaveLength(900);
  expect(new Set(tasks)).toEqual(new Set(['send_email_notification', 'send_telegram_notification']));
});

test('survives an outage of the database, and logs it once', async () => {
  await query('truncate incidents, incident_events');
  await query('alter table incidents rename to hidden_incidents');
  startEscalating();
  const count = (text: string) => lines.filter(({ msg }) => String(msg).includes(text)).length;
  await eventually(() => expect(count('no incident escalates')).toBe(1));
  await query('alter table hidden_incidents rename to incidents');
  await scheduleIncidents(1);
  await eventually(async () => expect(await readDelays()).toHaveLength(1));
  await eventually(() => expect(count('incidents escalate again')).toBe(1));
  expect(count('no incident escalates')).toBe(1);
});
