import {
  DndContext,
  type DragEndEvent,
  DragOverlay,
  MouseSensor,
  pointerWithin,
  TouchSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import type { IncidentStatus } from '@incidents/contracts';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { language, useTexts } from '../locale/language.ts';
import { isStatus, STATUSES } from '../service/incident-statuses.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { useStore } from '../ui/create-store.ts';
import { LoadFailure } from '../ui/query-state.tsx';
import { Severity } from '../ui/severity.tsx';
import { useBoardView } from './board-filters.ts';
import { type BoardIncident, createBoardSource } from './board-source.ts';
import { Column, type ColumnActions } from './column.tsx';
import { FilterBar } from './filter-bar.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { countLoaded, countWithPending, sortIntoColumns } from './sort-into-columns.ts';
import { useMoves } from './use-moves.ts';
import './board.css';

const DRAG_DISTANCE_PX = 6;
const TOUCH_DELAY_MS = 250;

export default function BoardPage() {
  const texts = useTexts();
  const locale = useStore(language);
  const view = useBoardView();
  const source = useMemo(() => createBoardSource(view.filters), [view.filters]);
  const state = useSyncExternalStore(source.subscribe, source.get);
  useEffect(() => source.start(), [source]);
  const { pending, isOwn, move } = useMoves(source);
  const canMove = useIsPermitted('incidents:write');
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [dragged, setDragged] = useState<BoardIncident>();
  const [current, setCurrent] = useState<IncidentStatus>('новый');
  const [wanted, setWanted] = useState<{ status: IncidentStatus; index: number }>();

  useEffect(() => {
    document.title = `${texts.board.title} · ${texts.product}`;
  }, [texts]);

  const find = (id: number) => {
    const incident = state.incidents.get(id);
    const status = pending.get(id);
    return incident && status ? { ...incident, status } : incident;
  };
  const columns = useMemo(
    () => sortIntoColumns(state.incidents, pending, view.search),
    [state.incidents, pending, view.search],
  );
  const totals = useMemo(() => countWithPending(state.totals, state.incidents, pending), [state, pending]);
  const chosen = [...selected].flatMap((id) => state.incidents.get(id) ?? []);

  function moveCard(incident: BoardIncident, status: IncidentStatus) {
    const isOfSeveral = selected.has(incident.id) && selected.size > 1;
    const moved = isOfSeveral ? chosen : [state.incidents.get(incident.id) ?? incident];
    if (isOfSeveral) setSelected(new Set());
    void move(moved, status);
  }

  const latestMove = useRef(moveCard);
  useEffect(() => {
    latestMove.current = moveCard;
  });
  const actions = useMemo<ColumnActions>(
    () => ({
      move: (incident, status) => latestMove.current(incident, status),
      select: (id, isSelected) =>
        setSelected((before) => {
          const after = new Set(before);
          if (isSelected) after.add(id);
          else after.delete(id);
          return after;
        }),
      focusColumn: (status, index) => setWanted({ status, index }),
      endColumnFocus: () => setWanted(undefined),
    }),
    [],
  );

  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: DRAG_DISTANCE_PX } }),
    useSensor(TouchSensor, { activationConstraint: { delay: TOUCH_DELAY_MS, tolerance: 8 } }),
  );
  function onDragEnd({ active, over }: DragEndEvent) {
    setDragged(undefined);
    const incident = active.data.current?.incident as BoardIncident | undefined;
    if (incident && isStatus(over?.id)) moveCard(incident, over.id);
  }

  /** Other filters mount new columns: a column that stands still would show cards of the old ones. */
  const viewKey = JSON.stringify([view.filters, view.search]);
  const isFiltered = Object.values(view.filters).some((value) => value !== '') || view.search !== '';
  if (state.error && !state.isLoaded) return <LoadFailure error={state.error} onRetry={source.retry} />;
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={pointerWithin}
      accessibility={{ screenReaderInstructions: { draggable: '' }, announcements: silent }}
      onDragStart={({ active }) => setDragged(active.data.current?.incident)}
      onDragCancel={() => setDragged(undefined)}
      onDragEnd={onDragEnd}
    >
      <div className="board-page">
        <header className="board-header">
          <h1>{texts.board.title}</h1>
          <FilterBar view={view} incidents={state.incidents} isFiltered={isFiltered} canMove={canMove} />
        </header>
        <nav className="column-tabs" aria-label={texts.fields.status}>
          {STATUSES.map((status) => (
            <button
              key={status}
              type="button"
              aria-pressed={status === current}
              onClick={() => setCurrent(status)}
            >
              {texts.status[status]} <span className="count">{totals[status].toLocaleString(locale)}</span>
            </button>
          ))}
        </nav>
        <div className="columns">
          {STATUSES.map((status) => (
            <Column
              key={`${status} ${viewKey}`}
              status={status}
              incidents={columns[status]}
              total={totals[status]}
              isLoaded={state.isLoaded}
              isFiltered={isFiltered}
              canMove={canMove}
              isHeld={dragged !== undefined}
              isCurrent={status === current}
              selected={selected}
              isPending={(id) => pending.has(id)}
              isOwn={isOwn}
              find={find}
              wantedIndex={wanted?.status === status ? wanted.index : undefined}
              actions={actions}
              onShowMore={
                status === 'закрыт' &&
                state.isLoaded &&
                countLoaded(state.incidents, status) < state.totals[status]
                  ? source.showMoreClosed
                  : undefined
              }
            />
          ))}
        </div>
        {chosen.length > 0 && (
          <SelectionBar
            count={chosen.length}
            onMove={(status) => {
              setSelected(new Set());
              void move(chosen, status);
            }}
            onClear={() => setSelected(new Set())}
          />
        )}
      </div>
      <DragOverlay dropAnimation={null}>
        {dragged && (
          <div className="card card-overlay">
            <div className="card-top">
              <Severity severity={dragged.severity} />
              <span className="muted">{texts.incident.number(dragged.id)}</span>
              {selected.has(dragged.id) && selected.size > 1 && (
                <span className="badge">{selected.size}</span>
              )}
            </div>
            <span className="card-text">{dragged.text}</span>
          </div>
        )}
      </DragOverlay>
    </DndContext>
  );
}

/** The page announces the move. */
const silent = {
  onDragStart: () => undefined,
  onDragOver: () => undefined,
  onDragEnd: () => undefined,
  onDragCancel: () => undefined,
};
