import type { NotifiedEvent } from '../engine/channel.ts';

/** Whether a message names the actor of its event. An anonymous report has only a source, an escalation a worker. */
export const shouldNameActor = ({ kind, actor }: NotifiedEvent): boolean =>
  kind === 'updated' || (kind !== 'escalated' && actor !== 'anonymous');
