import type { LabelCount } from '../../db/stats/label-counts.ts';
import { BadUserInput } from '../../errors.ts';
import { type Label, labelOf, STREAM_LABELS } from '../../log/logql/labels.ts';
import { namesLeft } from '../../log/logql/names-left.ts';
import type { Grouped, MetricQuery, RangeCount } from '../../log/logql/syntax.ts';
import { endOfNow, microsOf } from '../../log/time.ts';
import { type Asked, success } from './answer.ts';
import { COUNTS_MAX, countLabels, tooMuch } from './label-counts.ts';
import type { Pause } from './pauses.ts';
import type { Labels } from './record-labels.ts';
import { aggregate, operate, type Series } from './series.ts';
import { statistics } from './statistics.ts';
import { type Instants, instantsOf, isWholeMinutes, onMinutes, slidingSums, windowsOf } from './windows.ts';

/** Points of one series, as in Loki. */
export const POINTS_MAX = 11_000;
/** Series of one answer, as in Loki. */
export const SERIES_MAX = 500;
/** Series that an aggregation takes. */
const COUNTED_SERIES_MAX = 10_000;
/** Points of an answer without `step`. */
const POINTS_DEFAULT = 250;

/** A matrix: the values from `start` to `end`, in steps. */
export async function answerRange(query: MetricQuery, text: string, asked: Asked): Promise<object> {
  const startedAt = performance.now();
  const { from, to } = asked.parameters.span();
  const [first, last] = [microsOf(from), microsOf(to)];
  const stepMs = asked.parameters.duration('step') ?? defaultStepMs(first, last);
  if ((last - first) / BigInt(Math.round(stepMs * 1000)) >= BigInt(POINTS_MAX)) {
    throw new BadUserInput(`step: expected at most ${POINTS_MAX} points per time series, got more: use a longer step`);
  }
  const exact = instantsOf(first, last, stepMs);
  const instants = isWholeMinutes(stepMs) && rangesOf(query).every(isWholeMinutes) ? onMinutes(exact) : exact;
  const { value, lines } = await evaluate(query, text, instants, asked);
  const series = typeof value === 'number' ? [constant(value, instants)] : value;
  checkSeries(series);
  const times = instants.map(seconds);
  const result: object[] = [];
  for (const { labels, points } of series) {
    await asked.pause();
    const sorted = Array.from(points).toSorted(([a], [b]) => a - b);
    result.push({ metric: labels, values: sorted.map(([at, value]) => [times[at], shownNumber(value)]) });
  }
  return success({ resultType: 'matrix', result, stats: statistics({ startedAt, lines, bytes: 0 }) });
}

/** A vector: the values at `time`. */
export async function answerInstant(query: MetricQuery, text: string, asked: Asked): Promise<object> {
  const startedAt = performance.now();
  const at = microsOf(asked.parameters.time('time', endOfNow()));
  const { value, lines } = await evaluate(query, text, [at], asked);
  const stats = statistics({ startedAt, lines, bytes: 0 });
  if (typeof value === 'number') {
    return success({ resultType: 'scalar', result: [seconds(at), shownNumber(value)], stats });
  }
  checkSeries(value);
  const result = value
    .filter(({ points }) => points.size > 0)
    .map(({ labels, points }) => ({ metric: labels, value: [seconds(at), shownNumber(points.get(0)!)] }));
  return success({ resultType: 'vector', result, stats });
}

const defaultStepMs = (from: bigint, to: bigint): number =>
  Math.max(1, Math.floor(Number(to - from) / 1e6 / POINTS_DEFAULT)) * 1000;

const seconds = (micros: bigint): number => Number(micros) / 1e6;

/** As in Prometheus: infinity has another name than in JavaScript. */
const shownNumber = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);

function checkSeries(series: readonly Series[]): void {
  if (series.length <= SERIES_MAX) return;
  throw new BadUserInput(
    `expected at most ${SERIES_MAX} series, got ${series.length}: filter more, or use sum by (...) or topk`,
  );
}

/** The lengths of time that must be whole minutes so that minutes can be counted. */
function rangesOf(query: MetricQuery): number[] {
  switch (query.kind) {
    case 'range':
      return [query.rangeMs, query.offsetMs];
    case 'group':
      return rangesOf(query.of);
    case 'binary':
      return [...rangesOf(query.left), ...rangesOf(query.right)];
    default:
      return [];
  }
}

interface Evaluated {
  value: Series[] | number;
  /** The records that were counted. */
  lines: number;
}

/** `by`: the names of labels that are counted by. Without them, those of streams: all others would give each line its own series. */
async function evaluate(
  query: MetricQuery,
  text: string,
  instants: Instants,
  asked: Asked,
  by: readonly string[] = STREAM_LABELS,
): Promise<Evaluated> {
  await asked.pause();
  switch (query.kind) {
    case 'scalar':
      return { value: query.value, lines: 0 };
    case 'vector':
      return { value: [constant(query.value, instants)], lines: 0 };
    case 'range':
      return count(query, text, instants, asked, by);
    case 'group': {
      const { value, lines } = await evaluate(query.of, text, instants, asked, countedBy(query, by));
      if (typeof value === 'number') throw new BadUserInput(`${query.fn}: expected series, got a number`);
      return { value: await aggregate(query, value, asked.pause), lines };
    }
    case 'binary': {
      const left = await evaluate(query.left, text, instants, asked, by);
      const right = await evaluate(query.right, text, instants, asked, by);
      const value = await operate(query, left.value, right.value, asked.pause);
      return { value: value as Series[] | number, lines: left.lines + right.lines };
    }
  }
}

const constant = (value: number, instants: Instants): Series => ({
  labels: {},
  points: new Map(instants.map((_, at) => [at, value])),
});

async function count(
  { fn, log, rangeMs, offsetMs }: RangeCount,
  text: string,
  instants: Instants,
  asked: Asked,
  by: readonly string[],
): Promise<Evaluated> {
  const windows = windowsOf(instants, rangeMs, offsetMs);
  const labels = Array.from(new Set(by).values().filter(namesLeft(log.stages)), labelOf);
  const counts = await countLabels(asked, {
    filter: asked.visible(log, text),
    edges: windows.edges,
    labels,
    of: fn.startsWith('bytes') ? 'bytes' : 'records',
  });
  const perSecond = fn === 'rate' || fn === 'bytes_rate' ? rangeMs / 1000 : 1;
  let points = 0;
  const series: Series[] = [];
  for (const ofSeries of await seriesOf(counts, asked.pause)) {
    await asked.pause();
    const sums = slidingSums(ofSeries, windows);
    points += sums.size;
    if (points > COUNTS_MAX) throw tooMuch(`${COUNTS_MAX} points`);
    for (const [at, sum] of sums) sums.set(at, sum / perSecond);
    if (sums.size > 0) series.push({ labels: labelsOf(labels, ofSeries[0]!.values), points: sums });
    if (series.length > COUNTED_SERIES_MAX) throw tooMuch(`${COUNTED_SERIES_MAX} series`);
  }
  return {
    value: series,
    lines: counts.reduce((sum, one) => sum + one.count, 0),
  };
}

/**
 * The labels that an aggregation needs below it. `outer`: those that are needed above it, which it keeps if it names no labels. A sum of
 * counts needs only the labels that it keeps; all others take the series of streams apart.
 */
function countedBy({ fn, by, of }: Grouped, outer: readonly string[]): readonly string[] {
  const keepsAll = by.without || fn === 'topk' || fn === 'bottomk';
  const isSumOfCounts = fn === 'sum' && of.kind === 'range';
  if (!isSumOfCounts) return [...STREAM_LABELS, ...(keepsAll ? outer : []), ...(by.without ? [] : by.labels)];
  return by.without ? [...STREAM_LABELS, ...outer].filter((name) => !by.labels.includes(name)) : by.labels;
}

async function seriesOf(counts: readonly LabelCount[], pause: Pause): Promise<Iterable<LabelCount[]>> {
  const series = new Map<string, LabelCount[]>();
  for (const count of counts) {
    await pause();
    const key = JSON.stringify(count.values);
    const found = series.get(key);
    if (found) found.push(count);
    else series.set(key, [count]);
  }
  return series.values();
}

/** A value that is empty is none. */
export const labelsOf = (labels: readonly Label[], values: readonly (string | null)[]): Labels =>
  Object.fromEntries(labels.flatMap(({ name }, index) => (values[index] ? [[name, values[index]]] : [])));
