import { hasProc, readBusySeconds, readProcesses, sumCpu } from './process-times.ts';

/** Processes by role, empty where none is known. Each stands for its descendants as well. */
export interface ProcessGroups {
  api: number[];
  postgres: number[];
  redis: number[];
}

/** Processors that were busy beside the measured processes; undefined where that is not known. */
export interface OtherLoads {
  /** By the load generator. At 1 it limits the result. */
  generatorLoad: number | undefined;
  /** By processes outside of the bench. */
  otherLoad: number | undefined;
}

/** CPU time during a measurement: seconds of each group, undefined where its processes are not known. */
export type Usage<Group extends string = keyof ProcessGroups> = Record<Group, number | undefined> &
  OtherLoads;

/**
 * Begins to measure; the function that it returns ends that.
 * @param groups processes by role; each stands for its descendants as well
 * @param generator the process that makes the load, if it is one of its own
 */
export function startMeter<Group extends string>(
  groups: Record<Group, number[]>,
  generator?: number,
): () => Usage<Group> {
  const names = Object.keys(groups) as Group[];
  const byGroup = (figure: (name: Group) => number | undefined) =>
    Object.fromEntries(names.map((name) => [name, figure(name)])) as Record<Group, number | undefined>;
  if (!hasProc) {
    const unknown = byGroup(() => undefined);
    return () => ({ ...unknown, generatorLoad: undefined, otherLoad: undefined });
  }
  const generators = generator === undefined ? [] : [generator];
  const read = () => {
    const processes = readProcesses();
    const own = [process.pid, ...generators, ...names.flatMap((name) => groups[name])];
    return {
      at: performance.now(),
      cpu: new Map(names.map((name) => [name, sumCpu(processes, groups[name])])),
      generator: sumCpu(processes, generators),
      other: readBusySeconds() - sumCpu(processes, own),
    };
  };
  const before = read();
  return () => {
    const after = read();
    const seconds = (after.at - before.at) / 1_000;
    return {
      ...byGroup((name) =>
        groups[name].length === 0 ? undefined : (after.cpu.get(name) ?? 0) - (before.cpu.get(name) ?? 0),
      ),
      generatorLoad: generators.length === 0 ? undefined : (after.generator - before.generator) / seconds,
      otherLoad: Math.max(0, (after.other - before.other) / seconds),
    };
  };
}
