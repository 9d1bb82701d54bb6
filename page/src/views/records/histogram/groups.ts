import type { HistogramQuery } from '../../../api/documents.ts';
import { cssColour, GROUP_COLOURS, REST_COLOUR } from '../../../text/palette.ts';

export type HistogramBar = NonNullable<NonNullable<HistogramQuery['stats']>['bars']>[number];

/** One part of each bar. */
export interface Group {
  /** Null: the records without a value, or with `rest` those of all values that have no group of their own. */
  value: string | null;
  rest: boolean;
  /** What the legend says. */
  name: string;
  colour: string;
  /** Of each bar. */
  counts: readonly number[];
}

/** The parts of the bars, from the ground up, without those that no bar has: levels with the most severe first, or values by their number. */
export function groupsOf(bars: readonly HistogramBar[]): Group[] {
  const groups = bars[0]?.groups ? valueGroups(bars) : levelGroups(bars);
  return groups.filter(({ counts }) => counts.some((count) => count > 0));
}

function levelGroups(bars: readonly HistogramBar[]): Group[] {
  const levels = bars[0]?.byLevel.map(({ level }) => level) ?? [];
  return levels
    .map((level, index) => ({
      value: level.toLowerCase(),
      rest: false,
      name: level.toLowerCase(),
      colour: `var(--${level.toLowerCase()})`,
      counts: bars.map(({ byLevel }) => byLevel[index]!.count),
    }))
    .toReversed();
}

function valueGroups(bars: readonly HistogramBar[]): Group[] {
  return bars[0]!.groups!.map(({ value, rest }, index) => ({
    value,
    rest,
    name: rest ? 'other values' : (value ?? 'no value'),
    colour: cssColour(rest ? REST_COLOUR : GROUP_COLOURS[index % GROUP_COLOURS.length]!),
    counts: bars.map(({ groups }) => groups![index]!.count),
  }));
}
