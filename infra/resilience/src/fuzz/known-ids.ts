const MAX_IDS = 5_000;

/** Ids from replies, by the first part of their path: `incidents`, `jobs`, … */
export class KnownIds {
  readonly #families = new Map<string, { ids: number[]; all: Set<number> }>();

  add(family: string, id: number): void {
    const known = this.#families.get(family) ?? { ids: [], all: new Set() };
    this.#families.set(family, known);
    if (known.all.has(id)) return;
    if (known.ids.length < MAX_IDS) known.ids.push(id);
    else known.ids[known.all.size % MAX_IDS] = id;
    known.all.add(id);
  }

  /** One of the ids; 1 when none is known. */
  pick(family: string, index: number): number {
    const ids = this.#families.get(family)?.ids ?? [];
    return ids[index % ids.length] ?? 1;
  }
}
