import type { NotifiedEvent } from '../engine/channel.ts';

/** Whether a message names the actor of its event: a report without a key has only its source. */
export const namesActor = ({ kind, actor }: NotifiedEvent): boolean =>
  kind === 'updated' || actor !== 'anonymous';
