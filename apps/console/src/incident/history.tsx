import type { IncidentEvent } from '@incidents/contracts';
import { useTexts } from '../locale/language.ts';
import type { Texts } from '../locale/ru.ts';
import { Time } from '../ui/time.tsx';
import type { EventHistory } from './use-incident.ts';

/** The newest event is the last one, above the form of comments; earlier ones are loaded on demand. */
export function History(props: { history: EventHistory; onShowEarlier(): void }) {
  const { history, onShowEarlier } = props;
  const texts = useTexts();
  return (
    <>
      {history.hasEarlier && (
        <button type="button" className="button button-small history-more" onClick={onShowEarlier}>
          {texts.incident.showEarlier}
        </button>
      )}
      <ol className="history">
        {history.events.map((event) => (
          <HistoryEntry key={event.id} event={event} />
        ))}
      </ol>
    </>
  );
}

function HistoryEntry({ event }: { event: IncidentEvent }) {
  const texts = useTexts();
  const { kind, changes, comment, actor, at } = event;
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
