import { hasProc, readBusySeconds, readProcesses, sumCpu } from './process-times.ts';

/** Processes by role, empty where none is known. Each stands for its descendants as well. */
export interface ProcessGroups {
  api: number[];
  postgres: number[];
  redis: number[];
}

/** CPU time during a measurement. */
export interface Usage {
  /** Seconds; undefined where the processes are not known. */
  api: number | undefined;
  postgres: number | undefined;
  redis: number | undefined;
  /** Processors that the load generator kept busy. At 1 it limits the result. */
  generatorLoad: number | undefined;
  /** Processors that processes outside of the bench kept busy. */
  otherLoad: number | undefined;
}

/** Begins to measure; the function that it returns ends that. */
export function startMeter(groups: ProcessGroups, generator: number): () => Usage {
  if (!hasProc) {
    const unknown = { api: undefined, postgres: undefined, redis: undefined };
    return () => ({ ...unknown, generatorLoad: undefined, otherLoad: undefined });
  }
  const read = () => {
    const processes = readProcesses();
    const own = [process.pid, generator, ...groups.api, ...groups.postgres, ...groups.redis];
    return {
      at: performance.now(),
      api: sumCpu(processes, groups.api),
      postgres: sumCpu(processes, groups.postgres),
      redis: sumCpu(processes, groups.redis),
      generator: sumCpu(processes, [generator]),
      other: readBusySeconds() - sumCpu(processes, own),
    };
  };
  const before = read();
  return () => {
    const after = read();
    const seconds = (after.at - before.at) / 1_000;
    const used = (name: keyof ProcessGroups) =>
      groups[name].length === 0 ? undefined : after[name] - before[name];
    return {
      api: used('api'),
      postgres: used('postgres'),
      redis: used('redis'),
      generatorLoad: (after.generator - before.generator) / seconds,
      otherLoad: Math.max(0, (after.other - before.other) / seconds),
    };
  };
}
