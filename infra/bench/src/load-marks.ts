import { formatFigure } from './figures.ts';
import type { OtherLoads } from './start-meter.ts';

/** Processors. A busier load generator may limit the result. */
const MAX_GENERATOR_LOAD = 0.9;
/** Processors. Busier other processes may have slowed the run. */
const MAX_OTHER_LOAD = 0.3;

const hasBusyGenerator = ({ generatorLoad = 0 }: Partial<OtherLoads>) => generatorLoad > MAX_GENERATOR_LOAD;
const hasBusyMachine = ({ otherLoad = 0 }: Partial<OtherLoads>) => otherLoad > MAX_OTHER_LOAD;

export const formatGenerator = (row: Pick<OtherLoads, 'generatorLoad'>): string =>
  `${formatFigure(row.generatorLoad, 2)}${hasBusyGenerator(row) ? ' ⚠' : ''}`;

export const formatOthers = (row: Pick<OtherLoads, 'otherLoad'>): string =>
  `${formatFigure(row.otherLoad, 2)}${hasBusyMachine(row) ? ' ⚠' : ''}`;

export const explainLoads = (rows: Partial<OtherLoads>[]): string[] => [
  ...(rows.some(hasBusyGenerator)
    ? ['⚠ generator: it was busy most of the time, so the server may be faster than that.']
    : []),
  ...(rows.some(hasBusyMachine) ? ['⚠ others: other processes were busy in at least one round.'] : []),
];
