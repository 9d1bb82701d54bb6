import { offset } from '../../state/zone.ts';
import { clockText } from '../../text/range.ts';

export interface Series {
  name: string;
  /** A CSS colour. */
  colour: string;
}

/** From `start` (inclusive) to `end` (exclusive), both RFC 3339. */
export interface PlotBar {
  start: string;
  end: string;
  /** One for each series, stacked in that order from the ground. */
  values: readonly number[];
  /** Marked below the bar: there is something to look at, however low the bar is. */
  marked?: boolean;
}

/** Bars from the first to the last, both inclusive. */
export interface Selected {
  first: number;
  last: number;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** `2026-11-26 14:00 to 14:05`, by the shown clocks. */
export function spanText(from: string, to: string): string {
  const [start, end] = [clockText(Date.parse(from), offset.value), clockText(Date.parse(to), offset.value)];
  return `${start} to ${end.slice(0, 10) === start.slice(0, 10) ? end.slice(11) : end}`;
}

/** The values of bars together, one for each series. */
export const valuesOf = (bars: readonly PlotBar[], { first, last }: Selected, series: readonly Series[]): number[] =>
  series.map((_, index) => sum(bars.slice(first, last + 1).map(({ values }) => values[index] ?? 0)));
