import { type DemoDelivery, makeDelivery, RECIPIENTS } from './make-delivery.ts';
import { createRandom, type Random } from './random.ts';
import { BOTS, fillIn, PEOPLE, type Severity, type Source, STORIES } from './stories.ts';

type Status = 'новый' | 'в работе' | 'закрыт';

/** Columns of `incident_events`; `at` is ISO 8601. */
export interface DemoEvent {
  kind: 'created' | 'updated' | 'commented' | 'occurred_again' | 'escalated' | 'deleted';
  changes: Record<string, { from: string; to: string }>;
  comment: string | null;
  actor: string;
  request_id: string;
  at: string;
  deliveries: DemoDelivery[];
}

/** Columns of `incidents`; times are ISO 8601. */
export interface DemoIncident {
  row: {
    text: string;
    description: string;
    status: Status;
    source: Source;
    severity: Severity;
    bot: string;
    assignee: string | null;
    labels: Record<string, string>;
    links: string[];
    dedup_key: string | null;
    occurrences: number;
    version: number;
    created_at: string;
    last_seen_at: string | null;
    updated_at: string | null;
    acknowledged_at: string | null;
    closed_at: string | null;
    renotified_at: string | null;
    escalates_at: string | null;
  };
  events: DemoEvent[];
  /** Set for an incident that was deleted through the API. */
  deletedBy: string | undefined;
}

/** The holders of keys that acted, by the id that their key will have. */
export type ActorOf = (name: string) => string;

export interface DemoOptions {
  seed: number;
  /** The end of the month: milliseconds since 1970. */
  now: number;
  incidents: number;
  actorOf: ActorOf;
  /** `source dedup_key` of incidents that are open already. */
  takenKeys?: string[];
}

export const MONITORING = 'мониторинг';
export const PARTNER = 'портал партнёра';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;

/** Days before the last one on which much went wrong. */
const STORM_DAYS = [8, 19];

/** `critical` incidents escalate this long after the report, and again after each such time. */
const ESCALATE_AFTER_MS = 15 * MINUTE_MS;

/** Ages of the incidents that escalate after the demo; the second one has escalated before. */
const WAITING_AGES_MS = [4 * MINUTE_MS, 21 * MINUTE_MS];

const MEAN_ACKNOWLEDGE_MS = { critical: 6, error: 25, warning: 120, info: 420 };
const MEAN_CLOSE_MS = { critical: 50, error: 180, warning: 480, info: 1_200 };

/** Equal options give equal incidents, the oldest first. Times are of the 30 UTC days that end with `now`. */
export function makeIncidents({
  seed,
  now,
  incidents,
  actorOf,
  takenKeys = [],
}: DemoOptions): DemoIncident[] {
  const random = createRandom(seed);
  const times = Array.from({ length: incidents }, (_, index) => {
    const age = WAITING_AGES_MS[index];
    return age === undefined
      ? { createdAt: pickTime(now, random), isWaiting: false }
      : { createdAt: now - age, isWaiting: true };
  }).sort((a, b) => a.createdAt - b.createdAt);
  const openKeys = new Set(takenKeys);
  return times.map((time) => {
    const incident = makeIncident({ ...time, now, actorOf }, random);
    const { row } = incident;
    const key = `${row.source} ${row.dedup_key}`;
    // One open incident per source and key.
    if (row.status !== 'закрыт' && row.dedup_key !== null && incident.deletedBy === undefined) {
      if (openKeys.has(key)) row.dedup_key = null;
      openKeys.add(key);
    }
    return incident;
  });
}

/** More on working days and by day, most on the days of a storm. */
function pickTime(now: number, random: Random): number {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  for (;;) {
    const daysAgo = random.whole(0, DAYS - 1);
    const time = today - daysAgo * DAY_MS + random.whole(0, DAY_MS - 1);
    const date = new Date(time);
    const isWeekend = [0, 6].includes(date.getUTCDay());
    const isDay = date.getUTCHours() >= 6 && date.getUTCHours() < 18;
    const weight = (STORM_DAYS.includes(daysAgo) ? 2.4 : 1) * (isWeekend ? 0.5 : 1) * (isDay ? 1 : 0.4);
    if (time < now - MINUTE_MS && random.isTrue(weight / 2.4)) return time;
  }
}

function makeIncident(
  {
    createdAt,
    isWaiting,
    now,
    actorOf,
  }: { createdAt: number; isWaiting: boolean; now: number; actorOf: ActorOf },
  random: Random,
): DemoIncident {
  const story = random.pick(isWaiting ? STORIES.filter(({ severity }) => 'critical' in severity) : STORIES);
  const bot = random.pick(BOTS);
  const source = random.pickKey(story.source as Record<Source, number>);
  const firstSeverity = isWaiting ? 'critical' : random.pickKey(story.severity as Record<Severity, number>);
  const reporter = { monitoring: MONITORING, partner: PARTNER, operator: random.pick(PEOPLE) }[source];
  const daysAgo = Math.floor(now / DAY_MS) - Math.floor(createdAt / DAY_MS);
  const isStorm = STORM_DAYS.includes(daysAgo) && source === 'monitoring';
  const events: (DemoEvent & { time: number })[] = [];
  const addEvent = (time: number, kind: DemoEvent['kind'], actor: string, detail: Partial<DemoEvent> = {}) =>
    events.push({
      kind,
      changes: {},
      comment: null,
      actor,
      request_id: random.uuid(),
      at: toIso(time),
      deliveries: [],
      ...detail,
      time,
    });

  addEvent(createdAt, 'created', actorOf(reporter));
  const row: DemoIncident['row'] = {
    text: fillIn(story.text, bot, random),
    description: fillIn(story.description, bot, random),
    status: 'новый',
    source,
    severity: firstSeverity,
    bot,
    assignee: null,
    labels: { component: story.component, env: random.isTrue(0.85) ? 'prod' : 'stage' },
    links: source === 'monitoring' ? [`https://grafana.example.org/d/${story.component}?var-bot=${bot}`] : [],
    dedup_key: source === 'monitoring' && story.repeats === true ? `${bot}:${story.component}` : null,
    occurrences: 1,
    version: 1,
    created_at: toIso(createdAt),
    last_seen_at: null,
    updated_at: null,
    acknowledged_at: null,
    closed_at: null,
    renotified_at: null,
    escalates_at: null,
  };

  const isForgotten = isWaiting || random.isTrue(0.015);
  const acknowledgedAt =
    createdAt + MINUTE_MS / 2 + random.wait(MEAN_ACKNOWLEDGE_MS[firstSeverity] * MINUTE_MS);
  const closedAt = acknowledgedAt + MINUTE_MS + random.wait(MEAN_CLOSE_MS[firstSeverity] * MINUTE_MS);
  const assignee = random.pick(PEOPLE);
  const assigned = actorOf(assignee);
  const isTaken = !isForgotten && acknowledgedAt < now;
  const isClosed = isTaken && closedAt < now && !random.isTrue(0.01);
  const endsAt = isClosed ? closedAt : now;

  if (firstSeverity === 'critical') {
    const escalatesAt = createdAt + ESCALATE_AFTER_MS;
    const hasEscalated = escalatesAt < (isTaken ? acknowledgedAt : now);
    if (hasEscalated) addEvent(escalatesAt, 'escalated', 'worker');
    if (isWaiting) row.escalates_at = toIso(hasEscalated ? escalatesAt + ESCALATE_AFTER_MS : escalatesAt);
  }
  if (isTaken) {
    row.status = 'в работе';
    row.assignee = assignee;
    row.acknowledged_at = toIso(acknowledgedAt);
    addEvent(acknowledgedAt, 'updated', assigned, {
      changes: { status: { from: 'новый', to: 'в работе' }, assignee: { from: '', to: assignee } },
    });
    const comments = story.comments.filter(() => random.isTrue(0.4));
    for (const [index, comment] of comments.entries()) {
      const share = (index + random.next()) / comments.length;
      const author = random.isTrue(0.8) ? assigned : actorOf(random.pick(PEOPLE));
      addEvent(acknowledgedAt + (endsAt - acknowledgedAt) * share * 0.9, 'commented', author, { comment });
    }
  }
  if (isClosed) {
    row.status = 'закрыт';
    row.closed_at = toIso(closedAt);
    if (random.isTrue(0.6))
      addEvent(closedAt - random.whole(1, 30) * 1_000, 'commented', assigned, {
        comment: random.pick(story.endings),
      });
    addEvent(closedAt, 'updated', assigned, { changes: { status: { from: 'в работе', to: 'закрыт' } } });
  }
  if (row.dedup_key !== null && endsAt - createdAt > MINUTE_MS && random.isTrue(0.7)) {
    repeat(row, { createdAt, endsAt }, addEvent, actorOf(MONITORING), random);
  }

  const deletedAt =
    !isWaiting && random.isTrue(0.004) ? Math.min(createdAt + random.whole(1_000, 3_000), now) : undefined;
  if (deletedAt !== undefined) {
    events.splice(1);
    Object.assign(row, { status: 'новый', assignee: null, acknowledged_at: null, closed_at: null });
    Object.assign(row, { occurrences: 1, last_seen_at: null, renotified_at: null, dedup_key: null });
    row.severity = firstSeverity;
    addEvent(deletedAt, 'deleted', actorOf(reporter));
  }

  events.sort((a, b) => a.time - b.time);
  const changes = events.filter(({ kind }) => kind === 'updated');
  row.version = 1 + changes.length + (row.occurrences - 1);
  const changedAt = [changes.at(-1)?.at, row.last_seen_at].filter((time) => time != null).sort();
  row.updated_at = changedAt.at(-1) ?? null;
  for (const event of events) {
    const notifies =
      ['created', 'escalated', 'occurred_again'].includes(event.kind) || 'status' in event.changes;
    if (!notifies) continue;
    event.deliveries = RECIPIENTS.filter(({ sources }) => sources?.includes(source) ?? true).map(
      (recipient) =>
        makeDelivery(
          recipient,
          { at: event.time, now, deletedAt, isStorm: isStorm && event.kind === 'created' },
          random,
        ),
    );
  }
  return {
    row,
    events: events.map(({ time: _, ...event }) => event),
    deletedBy: deletedAt === undefined ? undefined : actorOf(reporter),
  };
}

/** Further reports: a history line when they notify again, at most once an hour, or raise the severity. */
function repeat(
  row: DemoIncident['row'],
  { createdAt, endsAt }: { createdAt: number; endsAt: number },
  addEvent: (time: number, kind: 'occurred_again', actor: string, detail?: Partial<DemoEvent>) => void,
  actor: string,
  random: Random,
): void {
  const duration = endsAt - createdAt - 2_000;
  const isRaised = row.severity === 'warning' && random.isTrue(0.15);
  const times = Array.from(
    { length: random.whole(1, 4) },
    (_, index) => createdAt + (index + 1) * HOUR_MS + random.whole(1_000, 50_000),
  ).filter((time) => time < createdAt + duration);
  for (const [index, time] of times.entries()) {
    const raises = isRaised && index === 0;
    addEvent(time, 'occurred_again', actor, {
      changes: raises ? { severity: { from: 'warning', to: 'error' } } : {},
    });
    if (raises) row.severity = 'error';
    row.renotified_at = toIso(time);
  }
  const lastSeenAt = Math.max(times.at(-1) ?? 0, createdAt + duration * random.next());
  row.occurrences = 1 + Math.max(times.length, random.whole(1, 140));
  row.last_seen_at = toIso(lastSeenAt);
}

const toIso = (time: number) => new Date(Math.round(time)).toISOString();
