interface Count {
  requests: number;
  /** Requests that check the effect of another one. */
  followUps: number;
  /** By the first digit of the status. */
  classes: Record<number, number>;
  slowest: number;
}

export class Tally {
  readonly #counts = new Map<string, Count>();

  add(operation: string, status: number, milliseconds: number, { followUp = false } = {}): void {
    const count = this.#counts.get(operation) ?? { requests: 0, followUps: 0, classes: {}, slowest: 0 };
    this.#counts.set(operation, count);
    if (followUp) count.followUps += 1;
    else count.requests += 1;
    const digit = Math.floor(status / 100);
    count.classes[digit] = (count.classes[digit] ?? 0) + 1;
    count.slowest = Math.max(count.slowest, milliseconds);
  }

  table(): string {
    const counts = [...this.#counts];
    const sum = (of: (count: Count) => number) => counts.reduce((total, [, count]) => total + of(count), 0);
    const total: Count = {
      requests: sum(({ requests }) => requests),
      followUps: sum(({ followUps }) => followUps),
      classes: Object.fromEntries(
        [0, 1, 2, 3, 4, 5].map((digit) => [digit, sum(({ classes }) => classes[digit] ?? 0)]),
      ),
      slowest: Math.max(0, ...counts.map(([, { slowest }]) => slowest)),
    };
    const heading = ['operation', 'requests', 'follow-ups', '2xx', '3xx', '4xx', '5xx', 'none', 'slowest'];
    const rows = [...counts, ['total', total] as const].map(
      ([name, { requests, followUps, classes, slowest }]) => [
        name,
        ...[requests, followUps, classes[2], classes[3], classes[4], classes[5], classes[0]].map((figure) =>
          String(figure ?? 0),
        ),
        `${Math.round(slowest)} ms`,
      ],
    );
    return [heading, ...rows]
      .map(([name = '', ...cells]) => name.padEnd(24) + cells.map((cell) => cell.padStart(11)).join(''))
      .join('\n');
  }
}
