import { createStore } from '../ui/create-store.ts';

export interface Connection {
  isOnline: boolean;
  /** The time of the last reply, in milliseconds since 1970. */
  lastReplyAt: number | undefined;
}

/** Whether the service answered the last request. */
export const connection = createStore<Connection>({ isOnline: true, lastReplyAt: undefined });

let lastReplyAt: number | undefined;

export function recordReply(): void {
  lastReplyAt = Date.now();
  if (!connection.get().isOnline) connection.set({ isOnline: true, lastReplyAt });
}

export function recordNoReply(): void {
  if (connection.get().isOnline) connection.set({ isOnline: false, lastReplyAt });
}
