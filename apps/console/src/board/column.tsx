import { useDroppable } from '@dnd-kit/core';
import type { IncidentStatus } from '@incidents/contracts';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { language, useTexts } from '../locale/language.ts';
import { STATUSES } from '../service/incident-statuses.ts';
import { useStore } from '../ui/create-store.ts';
import type { BoardIncident } from './board-source.ts';
import { Card, type CardActions } from './card.tsx';
import { useSteadyList } from './use-steady-list.ts';

/** With the gap below it, in CSS pixels: `--card-height` of `base.css`. */
const CARD_HEIGHT = 116;
const OVERSCAN = 4;

export interface ColumnActions extends Omit<CardActions, 'activate' | 'endFocus'> {
  focusColumn(status: IncidentStatus, index: number): void;
  endColumnFocus(): void;
}

interface ColumnProps {
  status: IncidentStatus;
  incidents: BoardIncident[];
  total: number;
  isLoaded: boolean;
  /** Filters or a search leave cards out. */
  isFiltered: boolean;
  /** Whether the user may change incidents, and so move cards. */
  canMove: boolean;
  isHeld: boolean;
  /** The column that a phone shows. */
  isCurrent: boolean;
  selected: ReadonlySet<number>;
  isPending(id: number): boolean;
  isOwn(incident: BoardIncident): boolean;
  find(id: number): BoardIncident | undefined;
  /** The position that a key asks to focus. */
  wantedIndex: number | undefined;
  actions: ColumnActions;
  onShowMore: (() => void) | undefined;
}

export function Column(props: ColumnProps) {
  const { status, incidents, total, isLoaded, isFiltered, canMove, selected, wantedIndex, actions } = props;
  const { onShowMore } = props;
  const texts = useTexts();
  const locale = useStore(language);
  const scroller = useRef<HTMLDivElement>(null);
  const [isPointed, setPointed] = useState(false);
  const [hasFocus, setFocus] = useState(false);
  const [isScrolled, setScrolled] = useState(false);
  const [active, setActive] = useState<number>();
  const [focused, setFocused] = useState<number>();
  const { shown, arrived, showArrived } = useSteadyList(incidents, {
    isHeld: props.isHeld || isPointed || hasFocus,
    isScrolled,
    isOwn: props.isOwn,
    find: props.find,
  });
  const { setNodeRef, isOver } = useDroppable({ id: status });
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => CARD_HEIGHT,
    getItemKey: (index) => shown[index]?.id ?? index,
    overscan: OVERSCAN,
  });
  const activeId = shown.some(({ id }) => id === active) ? active : shown[0]?.id;
  const cardActions = useMemo<CardActions>(
    () => ({ ...actions, activate: setActive, endFocus: () => setFocused(undefined) }),
    [actions],
  );

  function focusIndex(index: number) {
    const target = shown[Math.max(0, Math.min(index, shown.length - 1))];
    if (target === undefined) return;
    virtualizer.scrollToIndex(shown.indexOf(target));
    setActive(target.id);
    setFocused(target.id);
  }

  useEffect(() => {
    if (wantedIndex === undefined) return;
    focusIndex(wantedIndex);
    actions.endColumnFocus();
  });

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const isTyping = event.target instanceof HTMLSelectElement;
    const index = shown.findIndex(({ id }) => id === activeId);
    const incident = shown[index];
    if (isTyping || incident === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const column = STATUSES.indexOf(status);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const neighbour = STATUSES[column + step];
    if (event.key === 'ArrowDown') focusIndex(index + 1);
    else if (event.key === 'ArrowUp') focusIndex(index - 1);
    else if (event.key === 'Home') focusIndex(0);
    else if (event.key === 'End') focusIndex(shown.length - 1);
    else if (step !== 0 && neighbour && event.shiftKey && canMove) {
      focusIndex(index + 1 < shown.length ? index + 1 : index - 1);
      actions.move(incident, neighbour);
    } else if (step !== 0 && neighbour) actions.focusColumn(neighbour, index);
    else if (event.code === 'KeyX' && canMove) actions.select(incident.id, !selected.has(incident.id));
    else return;
    event.preventDefault();
  }

  const title = texts.status[status] ?? status;
  return (
    <section
      ref={setNodeRef}
      className={`column${isOver ? ' is-target' : ''}${props.isCurrent ? ' is-current' : ''}`}
      data-status={status}
      aria-label={texts.board.columnLabel(title, total)}
      onPointerEnter={(event) => event.pointerType === 'mouse' && setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setFocus(true)}
      onBlur={(event) => setFocus(event.currentTarget.contains(event.relatedTarget))}
    >
      <header className="column-header">
        <h2>
          <span className={`dot dot-${STATUSES.indexOf(status)}`} aria-hidden="true" />
          {title} <span className="count">{total.toLocaleString(locale)}</span>
        </h2>
        {arrived > 0 && (
          <button
            type="button"
            className="arrived"
            aria-label={texts.board.showArrived(arrived)}
            onClick={() => {
              showArrived();
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            ↑ {texts.board.arrived(arrived)}
          </button>
        )}
      </header>
      <div
        ref={scroller}
        className="column-scroller"
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop > 0)}
      >
        {shown.length === 0 && (
          <p className="column-empty">
            {!isLoaded
              ? texts.common.loading
              : isFiltered
                ? texts.board.nothingMatches
                : texts.board.empty[status]}
          </p>
        )}
        <ul className="cards" style={{ height: virtualizer.getTotalSize() }} onKeyDown={onKeyDown}>
          {virtualizer.getVirtualItems().map(({ index, start, key }) => {
            const incident = shown[index];
            if (incident === undefined) return null;
            return (
              <li
                key={key}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={shown.length}
                aria-posinset={index + 1}
              >
                <Card
                  incident={incident}
                  elsewhere={describeMove(incident, status, props, texts)}
                  canMove={canMove}
                  isSelected={selected.has(incident.id)}
                  isPending={props.isPending(incident.id)}
                  isActive={incident.id === activeId}
                  wantsFocus={incident.id === focused}
                  actions={cardActions}
                />
              </li>
            );
          })}
        </ul>
        {onShowMore && (
          <button type="button" className="button button-wide" onClick={onShowMore}>
            {texts.common.showMore} · {texts.board.loaded(incidents.length, total)}
          </button>
        )}
      </div>
    </section>
  );
}

function describeMove(
  incident: BoardIncident,
  status: IncidentStatus,
  { find }: ColumnProps,
  texts: ReturnType<typeof useTexts>,
): string | undefined {
  const present = find(incident.id);
  if (present === undefined) return texts.board.gone;
  return present.status === status
    ? undefined
    : texts.board.nowElsewhere(texts.statusOfOne[present.status] ?? present.status);
}
