import { hasProc, readBusySeconds, readProcesses, sumCpu } from './process-times.ts';

/** Processes by role, with their descendants. Empty when unknown. */
export interface ProcessGroups {
  api: number[];
  postgres: number[];
  redis: number[];
}

/** Busy processors besides the measured processes; undefined when unknown. */
export interface OtherLoads {
  /** At 1 the generator limits the result. */
  generatorLoad: number | undefined;
  otherLoad: number | undefined;
}

/** CPU time during a measurement, in seconds per group; undefined when its processes are unknown. */
export type Usage<Group extends string = keyof ProcessGroups> = Record<Group, number | undefined> &
  OtherLoads;

/** Returns the end of the measurement. `groups` include descendants; `generator` is a process id. */
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
