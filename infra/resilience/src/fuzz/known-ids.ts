/** How many of one family are remembered. */
const MOST = 5_000;

/** Ids that the service has named, by the first part of the path that they stand in: `incidents`, `jobs`, … */
export class KnownIds {
  readonly #families = new Map<string, { ids: number[]; all: Set<number> }>();

  add(family: string, id: number): void {
    const known = this.#families.get(family) ?? { ids: [], all: new Set() };
    this.#families.set(family, known);
    if (known.all.has(id)) return;
    if (known.ids.length < MOST) known.ids.push(id);
    else known.ids[known.all.size % MOST] = id;
    known.all.add(id);
  }

  /** One of them; 1 when none is known. */
  pick(family: string, index: number): number {
    const ids = this.#families.get(family)?.ids ?? [];
    return ids[index % ids.length] ?? 1;
  }
}
