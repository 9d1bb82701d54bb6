import { countLogs } from '../db/read/logs.ts';
import { readUnusual, type UnusualValue } from '../db/stats/unusual.ts';
import type { Filter, LogFilterInput } from '../log/filter/filter.ts';
import type { LogRecord } from '../log/record.ts';
import { millisOf } from '../log/time.ts';
import type { TimeWindow } from '../log/time-span.ts';
import { type Pattern as FoundPattern, findPatterns } from '../watch/patterns/find-patterns.ts';
import { first, type TimeRange, windowOf, within } from './arguments.ts';
import { BUCKETS_MAX } from './bars.ts';
import type { Context } from './context.ts';
import { hintIfEmpty } from './hints.ts';
import { visibleFilter } from './visible.ts';

export const SAMPLE_MAX = 100_000;

interface PatternsArguments {
  filter?: LogFilterInput | null;
  time: TimeRange;
  first: number;
  sample: number;
  baseline?: TimeRange | null;
}

export interface Pattern extends FoundPattern {
  window: TimeWindow;
}

export interface PatternReport {
  sampled: number;
  patterns: Pattern[];
  filter: Filter;
  window: TimeWindow;
}

/** @throws BadUserInput, QuerySyntax, Overloaded, QueryTimeout, QueryTooComplex */
export async function patterns(args: PatternsArguments, context: Context): Promise<PatternReport> {
  const { sql, clock, gone, patternPlaces } = context;
  const filter = visibleFilter(args.filter, context);
  const limits = { first: first(args.first), size: within('sample', args.sample, 1, SAMPLE_MAX) };
  const window = await windowOf(args.time, clock);
  const baseline = args.baseline ? await windowOf(args.baseline, clock) : null;
  // Samples are large: none is read before its turn.
  using _ = await patternPlaces.take(gone);
  const found = await findPatterns(sql, { filter, window, baseline, ...limits }, gone);
  hintIfEmpty(found.patterns, filter, context);
  return { ...found, filter, window, patterns: found.patterns.map((pattern) => ({ ...pattern, window })) };
}

export const totalOf = ({ filter, window }: PatternReport, { sql }: Context): Promise<number> =>
  countLogs(sql, filter, window);

export const exampleOf = ({ newest }: Pattern, { loaders }: Context): Promise<LogRecord | null> =>
  loaders.log.load(newest);

/** How many of the pattern's records in the sample lie in each of so many equal parts of the range. @throws BadUserInput */
export function patternBars({ window, times, firstSeen }: Pattern, buckets: number): number[] {
  const counts = new Array<number>(within('buckets', buckets, 1, BUCKETS_MAX)).fill(0);
  const [from, to] = [millisOf(window.from ?? firstSeen), millisOf(window.to)];
  for (const time of times) {
    const at = Math.floor(((time - from) / (to - from)) * buckets);
    counts[Math.max(0, Math.min(buckets - 1, at))]!++;
  }
  return counts;
}

interface UnusualArguments {
  filter: LogFilterInput;
  against?: LogFilterInput | null;
  time: TimeRange;
  first: number;
}

/** @throws BadUserInput, QuerySyntax */
export async function unusual(args: UnusualArguments, context: Context): Promise<UnusualValue[]> {
  const { sql, clock } = context;
  const selected = visibleFilter(args.filter, context);
  const outside = visibleFilter(args.against ?? { not: args.filter }, context);
  const size = first(args.first);
  return readUnusual(sql, { selected, outside, window: await windowOf(args.time, clock), first: size });
}
