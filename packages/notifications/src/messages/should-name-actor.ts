import type { NotifiedEvent } from '../engine/channel.ts';

/** Whether a message names the actor of its event. An anonymous report has only a source. */
export const shouldNameActor = ({ kind, actor }: NotifiedEvent): boolean =>
  kind === 'updated' || actor !== 'anonymous';
