import type { StreamedEvent } from '@incidents/contracts';

const KINDS = ['created', 'updated', 'commented', 'occurred_again', 'notified', 'escalated', 'deleted'];
/** Events of a burst are shown together. */
const BATCH_MS = 100;
/** After a refusal, which the browser does not retry. */
const REOPEN_MS = 5_000;

export interface StreamListener {
  /** Earlier reads may be out of date. */
  onBegin(): void;
  onEvents(events: StreamedEvent[]): void;
  /** There is no stream for now. */
  onLost(): void;
}

/** Follows the events of incidents; the returned function ends that. */
export function followIncidents(query: URLSearchParams, listener: StreamListener): () => void {
  let source: EventSource | undefined;
  let reopenTimer: number | undefined;
  let batch: StreamedEvent[] = [];
  let batchTimer: number | undefined;

  const flush = () => {
    batchTimer = undefined;
    const events = batch;
    batch = [];
    listener.onEvents(events);
  };
  const take = (message: MessageEvent<string>) => {
    batch.push(JSON.parse(message.data));
    batchTimer ??= window.setTimeout(flush, BATCH_MS);
  };

  function open() {
    const opened = new EventSource(`/incidents/stream?${query}`);
    source = opened;
    opened.addEventListener('open', () => listener.onBegin());
    opened.addEventListener('reset', () => listener.onBegin());
    for (const kind of KINDS) opened.addEventListener(kind, take);
    opened.addEventListener('error', () => {
      if (opened.readyState === EventSource.CLOSED) reopenTimer = window.setTimeout(open, REOPEN_MS);
      listener.onLost();
    });
  }

  function close() {
    source?.close();
    clearTimeout(reopenTimer);
    clearTimeout(batchTimer);
    batchTimer = undefined;
    batch = [];
  }

  // A browser opens only six connections to a service, so hidden tabs give theirs up.
  const onVisibilityChange = () => {
    close();
    if (document.hidden) listener.onLost();
    else open();
  };
  document.addEventListener('visibilitychange', onVisibilityChange);
  open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibilityChange);
    close();
  };
}
