import type { IncidentEvent } from '@incidents/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../locale/language.ts';
import type { Texts } from '../locale/ru.ts';
import { nextPage, request } from '../service/request.ts';
import { QueryState } from '../ui/query-state.tsx';
import { Time } from '../ui/time.tsx';

const PAGE_SIZE = 100;

/** The oldest event first, so that the newest is above the form of comments. Earlier events are loaded on demand. */
export function History({ id, refreshIntervalMs }: { id: number; refreshIntervalMs: number }) {
  const texts = useTexts();
  const [pages, setPages] = useState(1);
  const history = useQuery({
    queryKey: ['incident', id, 'events', pages],
    queryFn: ({ signal, client, queryKey }) =>
      readNewestEvents(id, pages, client.getQueryData<NewestEvents>(queryKey), signal),
    placeholderData: keepPreviousData,
    refetchInterval: refreshIntervalMs,
  });
  return (
    <QueryState query={history}>
      {({ events, hasEarlier }) => (
        <>
          {hasEarlier && (
            <button
              type="button"
              className="button button-small history-more"
              onClick={() => setPages(pages * 2)}
            >
              {texts.incident.showEarlier}
            </button>
          )}
          <ol className="history">
            {events.map((event) => (
              <HistoryEntry key={event.id} event={event} />
            ))}
          </ol>
        </>
      )}
    </QueryState>
  );
}

interface NewestEvents {
  /** The oldest first. */
  events: IncidentEvent[];
  hasEarlier: boolean;
}

/** Returns the newest `pages` pages of events. It reads only the pages that are newer than `known`, at least one. */
async function readNewestEvents(
  id: number,
  pages: number,
  known: NewestEvents | undefined,
  signal: AbortSignal,
): Promise<NewestEvents> {
  const newestKnown = known?.events.at(-1)?.id ?? 0;
  let events: IncidentEvent[] = [];
  let path: string | undefined = `/incidents/${id}/events?order=newest&limit=${PAGE_SIZE}`;
  for (let page = 0; path !== undefined && page < pages; page++) {
    const { body, headers } = await request<IncidentEvent[]>('GET', path, { signal });
    events = [...body.reverse(), ...events];
    path = nextPage(headers);
    const [oldest] = events;
    if (known === undefined || oldest === undefined || oldest.id > newestKnown) continue;
    const all = [...known.events.filter((event) => event.id < oldest.id), ...events];
    const kept = all.slice(-pages * PAGE_SIZE);
    return { events: kept, hasEarlier: known.hasEarlier || kept.length < all.length };
  }
  return { events, hasEarlier: path !== undefined };
}

function HistoryEntry({ event }: { event: IncidentEvent }) {
  const texts = useTexts();
  const { kind, changes, comment, actor, at } = event;
  // The comment of `notified` is its channel.
  const [channel, text] = kind === 'notified' ? [comment, null] : [null, comment];
  return (
    <li className={`history-entry kind-${kind}`}>
      <p className="history-head">
        <span className="history-actor">{describeActor(actor, texts)}</span>
        <span>
          {texts.incident.kinds[kind] ?? kind}
          {channel !== null && `: ${texts.recipients.channels[channel] ?? channel}`}
        </span>
        <span className="muted">
          <Time at={at} />
        </span>
      </p>
      {text !== null && <p className="comment">{text}</p>}
      {Object.keys(changes).length > 0 && (
        <ul className="changes">
          {Object.entries(changes).map(([field, { from, to }]) => (
            <li key={field}>
              <span className="muted">{texts.fields[field] ?? field}:</span>{' '}
              <del>{describeValue(field, from, texts)}</del> → <ins>{describeValue(field, to, texts)}</ins>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** `key:7:monitoring` is the key with that name. */
const describeActor = (actor: string, texts: Texts): string =>
  /^key:\d+:(.+)$/.exec(actor)?.[1] ?? texts.incident.actors[actor] ?? actor;

function describeValue(field: string, value: string, texts: Texts): string {
  if (value === '') return texts.common.none;
  if (field === 'status') return texts.statusOfOne[value] ?? value;
  if (field === 'severity') return texts.severity[value] ?? value;
  return value;
}
