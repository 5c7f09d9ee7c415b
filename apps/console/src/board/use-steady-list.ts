import { useState } from 'react';
import { type BoardIncident, compareByAge } from './board-source.ts';

interface SteadyListOptions {
  /** The pointer or the focus is in the list: only the user's own changes move cards. */
  isHeld: boolean;
  /** The list is scrolled: no card arrives above. */
  isScrolled: boolean;
  isOwn(incident: BoardIncident): boolean;
  find(id: number): BoardIncident | undefined;
}

export interface SteadyList {
  shown: BoardIncident[];
  /** The number of new incidents that are not shown yet. */
  arrived: number;
  showArrived(): void;
}

/** A list that does not move under the pointer: removed cards stay and new ones wait until the pointer leaves. */
export function useSteadyList(current: BoardIncident[], options: SteadyListOptions): SteadyList {
  const { isHeld, isScrolled } = options;
  const [shown, setShown] = useState(current);
  const isSteady = (isHeld || isScrolled) && shown.length > 0;
  const next = isSteady ? hold(shown, current, options) : current;
  if (!hasEqualMembers(shown, next)) setShown(next);
  return {
    shown: next,
    arrived: isSteady ? countMissing(current, next) : 0,
    showArrived: () => setShown(current),
  };
}

function hold(
  shown: BoardIncident[],
  current: BoardIncident[],
  { isHeld, isOwn, find }: SteadyListOptions,
): BoardIncident[] {
  const present = new Map(current.map((incident) => [incident.id, incident]));
  const kept = shown.flatMap((before) => {
    const now = present.get(before.id);
    if (now) return [now];
    const elsewhere = find(before.id) ?? before;
    return isHeld && !isOwn(elsewhere) ? [elsewhere] : [];
  });
  const keptIds = new Set(kept.map(({ id }) => id));
  const own = current.filter((incident) => isOwn(incident) && !keptIds.has(incident.id));
  return own.length === 0 ? kept : [...kept, ...own].sort(compareByAge);
}

function countMissing(current: BoardIncident[], shown: BoardIncident[]): number {
  const ids = new Set(shown.map(({ id }) => id));
  return current.filter(({ id }) => !ids.has(id)).length;
}

const hasEqualMembers = (a: BoardIncident[], b: BoardIncident[]) =>
  a.length === b.length && a.every((incident, index) => incident === b[index]);
