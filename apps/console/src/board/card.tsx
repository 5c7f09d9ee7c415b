import { useDraggable } from '@dnd-kit/core';
import type { IncidentStatus } from '@incidents/contracts';
import { memo, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../locale/language.ts';
import { STATUSES } from '../service/incident-statuses.ts';
import { Severity } from '../ui/severity.tsx';
import { Age } from '../ui/time.tsx';
import type { BoardIncident } from './board-source.ts';

export interface CardActions {
  select(id: number, isSelected: boolean): void;
  move(incident: BoardIncident, status: IncidentStatus): void;
  activate(id: number): void;
  /** The requested focus has been set. */
  endFocus(): void;
}

interface CardProps {
  incident: BoardIncident;
  /** Set when another has moved it away while the list stands still. */
  elsewhere: string | undefined;
  canMove: boolean;
  isSelected: boolean;
  isPending: boolean;
  /** One card of a column is in the order of the Tab key; arrow keys reach the others. */
  isActive: boolean;
  wantsFocus: boolean;
  actions: CardActions;
}

export const Card = memo(function Card(props: CardProps) {
  const { incident, elsewhere, canMove, isSelected, isPending, isActive, wantsFocus, actions } = props;
  const { id } = incident;
  const texts = useTexts();
  const link = useRef<HTMLAnchorElement>(null);
  const { setNodeRef, listeners, isDragging } = useDraggable({ id, data: { incident }, disabled: !canMove });
  const tabIndex = isActive ? 0 : -1;
  useEffect(() => {
    if (!wantsFocus) return;
    link.current?.focus({ preventScroll: true });
    actions.endFocus();
  }, [wantsFocus, actions]);
  const names = [
    'card',
    canMove && 'is-movable',
    isSelected && 'is-selected',
    elsewhere !== undefined && 'is-elsewhere',
    isDragging && 'is-dragged',
    isPending && 'is-pending',
  ];
  return (
    <article
      ref={setNodeRef}
      {...listeners}
      className={names.filter(Boolean).join(' ')}
      onFocus={() => actions.activate(id)}
    >
      <div className="card-top">
        {canMove && (
          <input
            type="checkbox"
            aria-label={texts.board.select(id)}
            checked={isSelected}
            tabIndex={tabIndex}
            onChange={(event) => actions.select(id, event.currentTarget.checked)}
          />
        )}
        <Severity severity={incident.severity} />
        {incident.occurrences > 1 && (
          <span className="badge" title={texts.board.occurrences(incident.occurrences)}>
            ×{incident.occurrences}
          </span>
        )}
        {elsewhere !== undefined && <span className="badge">{elsewhere}</span>}
        <span className="card-id">{texts.incident.number(id)}</span>
        <span className="card-age">
          <Age since={incident.created_at} />
        </span>
      </div>
      <Link ref={link} href={`/incidents/${id}`} className="card-text" tabIndex={tabIndex} draggable={false}>
        {incident.text}
      </Link>
      <div className="card-meta">
        {incident.bot !== null && <span className="card-bot">@{incident.bot}</span>}
        <span>{incident.source}</span>
        {incident.assignee !== null && <span className="card-assignee">{incident.assignee}</span>}
        {canMove && (
          <select
            className="card-status"
            aria-label={texts.board.moveTo(id)}
            value={incident.status}
            tabIndex={tabIndex}
            onChange={(event) => actions.move(incident, event.currentTarget.value as IncidentStatus)}
          >
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {texts.statusOfOne[status]}
              </option>
            ))}
          </select>
        )}
      </div>
    </article>
  );
});
