import type { Incident, IncidentStatus } from '@incidents/contracts';
import { useCallback, useRef, useState } from 'react';
import { useTexts } from '../locale/language.ts';
import { findPresentIncident, request } from '../service/request.ts';
import { ifMatch } from '../service/versions.ts';
import { describeError } from '../ui/describe-error.ts';
import { announce, announceFailure } from '../ui/notices.tsx';
import type { BoardIncident, BoardSource } from './board-source.ts';

const MAX_CONCURRENT = 6;

export interface Moves {
  /** The status that a card has before the service has confirmed it. */
  pending: ReadonlyMap<number, IncidentStatus>;
  /** Whether this page made the last change of the incident. */
  isOwn(incident: BoardIncident): boolean;
  move(incidents: BoardIncident[], status: IncidentStatus): Promise<void>;
}

/** Moves cards at once, and back when the service refuses. */
export function useMoves(source: BoardSource): Moves {
  const texts = useTexts();
  const [pending, setPending] = useState<ReadonlyMap<number, IncidentStatus>>(new Map());
  const ownVersions = useRef(new Map<number, number>());

  const isOwn = useCallback(
    ({ id, version }: BoardIncident) => pending.has(id) || ownVersions.current.get(id) === version,
    [pending],
  );

  /** @returns whether it was moved */
  async function moveOne({ id, version }: BoardIncident, status: IncidentStatus): Promise<boolean> {
    try {
      const { body } = await request<Incident>('PATCH', `/incidents/${id}`, {
        json: { status },
        headers: ifMatch(version),
      });
      ownVersions.current.set(id, body.version);
      source.put(body);
      return true;
    } catch (error) {
      const present = findPresentIncident(error);
      if (present) source.put(present);
      announceFailure(
        present ? texts.board.conflict(id) : `${texts.incident.number(id)}: ${describeError(error, texts)}`,
      );
      return false;
    } finally {
      setPending((before) => {
        const after = new Map(before);
        after.delete(id);
        return after;
      });
    }
  }

  async function move(incidents: BoardIncident[], status: IncidentStatus): Promise<void> {
    const waiting = incidents.filter((incident) => incident.status !== status);
    if (waiting.length === 0) return;
    setPending((before) => new Map([...before, ...waiting.map(({ id }) => [id, status] as const)]));
    const first = waiting.length === 1 ? waiting[0] : undefined;
    let moved = 0;
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        if (await moveOne(next, status)) moved += 1;
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
    const name = texts.statusOfOne[status] ?? status;
    if (moved > 0 && first) announce(texts.board.moved(first.id, name));
    else if (moved > 0) announce(texts.board.movedSeveral(moved, name));
  }

  return { pending, isOwn, move };
}
