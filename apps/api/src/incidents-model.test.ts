import assert from 'node:assert/strict';
import {
  AcceptedAlert,
  type CreateIncidentInput,
  Incident,
  type IncidentEvent,
  IncidentEventList,
  IncidentList,
  type UpdateIncident,
} from '@incidents/contracts';
import { unreportedFields } from '@incidents/testing/fixtures/incidents';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pagesFrom } from './testing/pages.ts';
import { useTestApp } from './testing/test-app.ts';

// Compares the service with a list in memory. fast-check prints the seed and the shortest failing sequence.
const { request, post, patch, database } = useTestApp();

const statuses = ['новый', 'в работе', 'закрыт'] as const;
/** The lowest first. */
const SEVERITIES: string[] = ['info', 'warning', 'error', 'critical'];
/** Few, so that values repeat. */
const word = fc.constantFrom('a', 'б', 'Б', ' ', '%', '_', '\u{1F600}', "'", '\\', 'е\u0308', 'ё');
const fields = {
  text: word,
  description: word,
  source: word,
  status: fc.constantFrom(...statuses),
  severity: fc.constantFrom('critical', 'error', 'warning', 'info'),
  bot: fc.constantFrom('shop_bot', 'other_bot', null),
  assignee: fc.option(word),
} as const;
const newIncidents: fc.Arbitrary<CreateIncidentInput> = fc.record(fields, {
  requiredKeys: ['text', 'description', 'source'],
});
/** Few keys, so that reports meet open incidents. */
const key = fc.constantFrom('k', 'K');
const reports: fc.Arbitrary<CreateIncidentInput> = fc
  .tuple(newIncidents, fc.option(key))
  .map(([incident, dedup_key]) => ({ ...incident, dedup_key }));
const changesOfIncidents: fc.Arbitrary<UpdateIncident> = fc.record(fields, { requiredKeys: [] });

type Line = Pick<IncidentEvent, 'kind' | 'changes' | 'comment'>;
type Known = { incident: Incident; history: Line[] };
type Model = Known[];
type Command = fc.AsyncCommand<Model, object>;

const command = (name: string, run: (model: Model) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});
const chosen = (model: Model, index: number) => model[index % Math.max(model.length, 1)];

const line = (kind: Line['kind'], changes: Line['changes'] = {}, comment: string | null = null): Line => ({
  kind,
  changes,
  comment,
});

const isOpenWith =
  ({ source, dedup_key }: { source: string; dedup_key?: string | null | undefined }) =>
  ({ incident }: Known) =>
    dedup_key &&
    incident.status !== 'закрыт' &&
    incident.source === source &&
    incident.dedup_key === dedup_key;

/** @param answer what the service has now: a new incident, or the open one with another occurrence */
function record(model: Model, report: CreateIncidentInput, answer: Incident) {
  const open = model.find(isOpenWith(report));
  if (open === undefined) {
    expect(answer).toEqual(createdFrom(report, answer));
    expect(answer.id).toBeGreaterThan(model.at(-1)?.incident.id ?? 0);
    model.push({ incident: answer, history: [line('created')] });
    return;
  }
  const { severity, ...before } = open.incident;
  const isRaised = SEVERITIES.indexOf(report.severity ?? 'info') > SEVERITIES.indexOf(severity);
  const raised = isRaised ? (report.severity ?? severity) : severity;
  if (isRaised) open.history.push(line('occurred_again', { severity: { from: severity, to: raised } }));
  const { last_seen_at, updated_at } = answer;
  const [occurrences, version] = [before.occurrences + 1, before.version + 1];
  open.incident = { ...before, severity: raised, occurrences, version, last_seen_at, updated_at };
  expect(answer).toEqual(open.incident);
}

const create = reports.map((report) =>
  command(`create ${JSON.stringify(report)}`, async (model) => {
    const isAdded = model.some(isOpenWith(report));
    const { status, body } = await post('/incidents/', report);
    expect(status).toBe(isAdded ? 200 : 201);
    record(model, report, Incident.parse(body));
  }),
);

const alert = fc
  .record({
    action: fc.constantFrom('trigger', 'acknowledge', 'resolve'),
    source: word,
    dedup_key: key,
    text: word,
    description: word,
  })
  .map((sent) =>
    command(`alert ${JSON.stringify(sent)}`, async (model) => {
      const { action, ...fields } = sent;
      const open = model.find(isOpenWith(fields));
      const { status, body } = await post('/alerts', sent);
      expect(status).toBe(202);
      const { incident_id } = AcceptedAlert.parse(body);
      if (action === 'trigger') {
        record(model, fields, Incident.parse((await request(`/incidents/${incident_id}`)).body));
        return;
      }
      expect(incident_id).toBe(open?.incident.id ?? null);
      if (open === undefined) return;
      const answer = Incident.parse((await request(`/incidents/${incident_id}`)).body);
      apply(open, { status: action === 'resolve' ? 'закрыт' : 'в работе' }, answer);
    }),
  );

const comment = fc.tuple(fc.nat(20), word).map(([index, text]) =>
  command(`comment on the ${index}th: ${text}`, async (model) => {
    const known = chosen(model, index);
    const { status, body } = await post(`/incidents/${known?.incident.id ?? 999_999}/comments`, { text });
    expect(status).toBe(known === undefined ? 404 : 201);
    if (known === undefined) return;
    expect(body).toMatchObject({ ...line('commented', {}, text), incident_id: known.incident.id });
    known.history.push(line('commented', {}, text));
  }),
);

const remove = fc.tuple(fc.nat(20), fc.option(fc.integer({ min: 1, max: 3 }))).map(([index, version]) =>
  command(`delete the ${index}th, version ${version}`, async (model) => {
    const known = chosen(model, index);
    const target = `/incidents/${known?.incident.id ?? 999_999}`;
    const headers: Record<string, string> = version === null ? {} : { 'If-Match': `"${version}"` };
    const { status } = await request(target, { method: 'DELETE', headers });
    const isStale = version !== null && version !== known?.incident.version;
    expect(status).toBe(known === undefined ? 404 : isStale ? 412 : 204);
    if (known === undefined || isStale) return;
    model.splice(model.indexOf(known), 1);
    expect((await request(target)).status).toBe(404);
  }),
);

/** @param answer knows the time */
function apply(known: Known, changes: UpdateIncident, answer: Incident) {
  const changed = changesBetween(known.incident, changes);
  if (Object.keys(changed).length > 0) known.history.push(line('updated', changed));
  known.incident = changedBy(changes, known.incident, answer);
  expect(answer).toEqual(known.incident);
}

const change = fc.tuple(fc.nat(20), changesOfIncidents).map(([index, changes]) =>
  command(`patch the ${index}th ${JSON.stringify(changes)}`, async (model) => {
    const known = chosen(model, index);
    const { status, body } = await patch(`/incidents/${known?.incident.id ?? 999_999}`, changes);
    if (known === undefined) {
      expect(status).toBe(404);
      return;
    }
    // To reopen an incident, or to give it another source, may take the key of another one.
    const after = { ...known.incident, ...changes };
    const holder = after.status === 'закрыт' ? undefined : model.find(isOpenWith(after));
    if (holder !== undefined && holder !== known) {
      expect([status, body]).toMatchObject([409, { incident_id: holder.incident.id }]);
      return;
    }
    apply(known, changes, Incident.parse(body));
  }),
);

const refused = fc
  .tuple(fc.nat(20), fc.constantFrom({ status: 'открыт' }, { text: null }, { source: '' }))
  .map(([index, changes]) =>
    command(`refused: patch the ${index}th ${JSON.stringify(changes)}`, async (model) => {
      const id = chosen(model, index)?.incident.id ?? 999_999;
      const { status } = await patch(`/incidents/${id}`, { ...changes, description: 'unseen' });
      expect(status).toBe(422);
    }),
  );

const read = fc.nat(20).map((index) =>
  command(`get the ${index}th`, async (model) => {
    const known = chosen(model, index);
    const { status, body } = await request(`/incidents/${known?.incident.id ?? 999_999}`);
    if (known === undefined) expect(status).toBe(404);
    else expect(body).toEqual(known.incident);
  }),
);

const history = fc.nat(20).map((index) =>
  command(`history of the ${index}th`, async (model) => {
    const known = chosen(model, index);
    if (known === undefined) return;
    const { body } = await request(`/incidents/${known.incident.id}/events`);
    const events = IncidentEventList.parse(body);
    expect(events.map(({ kind, changes, comment }) => ({ kind, changes, comment }))).toEqual(known.history);
  }),
);

const listed = (model: Model, status: string) =>
  model
    .map(({ incident }) => incident)
    .filter((incident) => status === '' || incident.status === status)
    .sort((a, b) => b.created_at.localeCompare(a.created_at) || b.id - a.id);
const filter = fc.constantFrom('', ...statuses, 'открыт');

const list = fc.tuple(filter, fc.nat(12), fc.nat(12)).map(([status, skip, limit]) =>
  command(`list status=${status} skip=${skip} limit=${limit}`, async (model) => {
    const target = `/incidents/?status=${encodeURIComponent(status)}&skip=${skip}&limit=${limit}`;
    const { body, headers } = await request(target, { headers: { Prefer: 'count=exact' } });
    const expected = listed(model, status);
    expect(body).toEqual(expected.slice(skip, skip + limit));
    expect(headers.get('x-total-count')).toBe(String(expected.length));
    expect(headers.has('link')).toBe(limit > 0 && skip + limit < expected.length);
  }),
);

const pages = fc.tuple(filter, fc.integer({ min: 1, max: 5 })).map(([status, limit]) =>
  command(`all pages status=${status} limit=${limit}`, async (model) => {
    const target = `/incidents/?status=${encodeURIComponent(status)}&limit=${limit}`;
    const found = await pagesFrom(target, async (page) => {
      const { body, headers } = await request(page);
      return { entries: IncidentList.parse(body), headers };
    });
    expect(found.flat()).toEqual(listed(model, status));
  }),
);

/** @param answer knows the id and the time */
function createdFrom(fields: CreateIncidentInput, { id, created_at }: Incident): Incident {
  const { status = 'новый' } = fields;
  return {
    ...unreportedFields(created_at),
    ...fields,
    id,
    status,
    created_at,
    acknowledged_at: status === 'в работе' ? created_at : null,
    closed_at: status === 'закрыт' ? created_at : null,
  } as Incident;
}

/** @param answer knows the time */
function changedBy(changes: UpdateIncident, before: Incident, { updated_at }: Incident): Incident {
  if (Object.keys(changesBetween(before, changes)).length === 0) return before;
  const after = { ...before, ...changes, updated_at, version: before.version + 1 };
  if (after.status === before.status) return after;
  const acknowledged = before.status === 'закрыт' ? null : before.acknowledged_at;
  return {
    ...after,
    closed_at: after.status === 'закрыт' ? updated_at : null,
    acknowledged_at: after.status === 'в работе' ? (acknowledged ?? updated_at) : acknowledged,
  };
}

function changesBetween(before: Incident, changes: UpdateIncident): IncidentEvent['changes'] {
  const names = ['text', 'description', 'status', 'source', 'severity', 'bot', 'assignee'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const [from, to] = [before[name], changes[name]];
      return to === undefined || from === to ? [] : [[name, { from: from ?? '', to: to ?? '' }]];
    }),
  );
}

describe('incidents', () => {
  test('any sequence of reports, changes, comments, deletions and reads agrees with the model', async () => {
    const sequences = fc.commands(
      [create, create, alert, alert, change, change, comment, remove, refused, read, history, list, pages],
      {
        maxCommands: 50,
        size: 'max',
      },
    );
    await fc.assert(
      fc.asyncProperty(sequences, async (commands) => {
        await database.db.pool.query('delete from incidents');
        await fc.asyncModelRun(() => ({ model: [], real: {} }), commands);
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  test('concurrent patches of one incident are serializable in the order of its history', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        newIncidents,
        fc.array(changesOfIncidents, { minLength: 2, maxLength: 8 }),
        async (fields, changes) => {
          round++;
          const created = Incident.parse((await post('/incidents/', fields)).body);
          const target = `/incidents/${created.id}`;
          const named = changes.map((change, index) => ({ change, name: `${round}-${index}` }));
          const answers = await Promise.all(
            named.map(async ({ change, name }) => {
              const { status, body } = await patch(target, change, { 'X-Request-Id': name });
              expect(status).toBe(200);
              return { change, name, answer: Incident.parse(body) };
            }),
          );
          const [first, ...events] = IncidentEventList.parse((await request(`${target}/events`)).body);
          expect(first).toMatchObject({ kind: 'created', changes: {} });

          // Replayed in the order of the history, each change yields its event and its reply.
          const states = [created];
          const left = new Map(answers.map((one) => [one.name, one]));
          for (const { request_id, changes: line } of events) {
            const before = states.at(-1);
            const made = left.get(request_id);
            assert.ok(before && made, `the history names ${request_id} twice, or an unknown request`);
            left.delete(request_id);
            expect(line).toEqual(changesBetween(before, made.change));
            const after = changedBy(made.change, before, made.answer);
            expect(made.answer).toEqual(after);
            expect(after.updated_at >= before.updated_at).toBe(true);
            states.push(after);
          }
          expect((await request(target)).body).toEqual(states.at(-1));
          // A patch without an event found its values in one of these states.
          for (const { change, answer } of left.values()) {
            expect(states).toContainEqual(answer);
            expect(changesBetween(answer, change)).toEqual({});
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
