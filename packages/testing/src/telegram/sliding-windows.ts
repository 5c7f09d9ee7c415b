export interface WindowLimits {
  chatPerSecond: number;
  groupPerMinute: number;
  totalPerSecond: number;
}

export type Window = 'chat' | 'group' | 'total';

/** Counts arrivals above the limits of sliding windows. Times are milliseconds of one clock. */
export class SlidingWindows {
  readonly violations: Record<Window, number> = { chat: 0, group: 0, total: 0 };
  readonly #arrivals = new Map<string, number[]>();
  readonly #limits: WindowLimits;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  arrive(chat: string, at: number): Window[] {
    const broken: Window[] = [];
    if (this.#exceeds('total', at, 1_000, this.#limits.totalPerSecond)) broken.push('total');
    if (this.#exceeds(`chat ${chat}`, at, 1_000, this.#limits.chatPerSecond)) broken.push('chat');
    const group = chat.startsWith('-') || chat.startsWith('@');
    if (group && this.#exceeds(`group ${chat}`, at, 60_000, this.#limits.groupPerMinute))
      broken.push('group');
    for (const window of broken) this.violations[window] += 1;
    return broken;
  }

  #exceeds(key: string, at: number, length: number, most: number): boolean {
    const within = (this.#arrivals.get(key) ?? []).filter((earlier) => earlier > at - length);
    within.push(at);
    this.#arrivals.set(key, within);
    return within.length > most;
  }
}
