import { formatFigure } from './figures.ts';
import type { OtherLoads } from './measure.ts';

/** Processors. A load generator above it may limit the result. */
const BUSY_GENERATOR = 0.9;
/** Processors. Other processes above it may have slowed the run down. */
const BUSY_MACHINE = 0.3;

const hasBusyGenerator = ({ generatorLoad = 0 }: Partial<OtherLoads>) => generatorLoad > BUSY_GENERATOR;
const hasBusyMachine = ({ otherLoad = 0 }: Partial<OtherLoads>) => otherLoad > BUSY_MACHINE;

/** Processors that the load generator kept busy, with a mark when it may limit the result. */
export const formatGenerator = (row: Pick<OtherLoads, 'generatorLoad'>): string =>
  `${formatFigure(row.generatorLoad, 2)}${hasBusyGenerator(row) ? ' ⚠' : ''}`;

/** Processors that other processes kept busy, with a mark when they may have slowed the run down. */
export const formatOthers = (row: Pick<OtherLoads, 'otherLoad'>): string =>
  `${formatFigure(row.otherLoad, 2)}${hasBusyMachine(row) ? ' ⚠' : ''}`;

/** The meaning of each of these marks that rows have. */
export const explainLoads = (rows: Partial<OtherLoads>[]): string[] => [
  ...(rows.some(hasBusyGenerator)
    ? ['⚠ generator: it was busy most of the time, so the server may be faster than that.']
    : []),
  ...(rows.some(hasBusyMachine) ? ['⚠ others: other processes were busy in at least one round.'] : []),
];
