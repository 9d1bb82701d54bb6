import { readMessageBytes } from '../../db/stats/label-counts.ts';
import { BadUserInput } from '../../errors.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { isLabelName, labelOf } from '../../log/logql/labels.ts';
import { parseMatchers } from '../../log/logql/parse-metric.ts';
import { NAMES_MAX } from '../../log/logql/token-reader.ts';
import { shown } from '../../log/shown.ts';
import { justAfter, microsOf, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { type Asked, success } from './answer.ts';
import { countLabels } from './label-counts.ts';
import { labelsOf, POINTS_MAX } from './metric-query.ts';
import { secondsAt } from './parameters.ts';
import type { Labels } from './record-labels.ts';
import { keyOf } from './series.ts';
import { statistics } from './statistics.ts';
import { instantsOf } from './windows.ts';

/** Series of one answer. */
const SERIES_MAX = 5000;
const SERIES_DEFAULT = 100;
/** The newest messages by whose size the size of all is estimated: to add up all of them would mean to read all. */
const SAMPLE_RECORDS = 1000;
const POINTS_DEFAULT = 250;

/** How many lines a selector finds, and about how many bytes. */
export async function answerIndexStats(asked: Asked): Promise<object> {
  const filter = asked.selected();
  const span = asked.parameters.span();
  const labels = ['service_name', 'component', 'environment', 'level'].map(labelOf);
  const counts = await countLabels(asked, { filter, labels, edges: [span.from, span.to], of: 'records' });
  const entries = counts.reduce((sum, { count }) => sum + count, 0);
  const bytes = Math.round(entries * (await bytesOfOne(asked, filter, span)));
  return { streams: counts.length, chunks: counts.length, entries, bytes };
}

/** About how many bytes each value of the labels in the selector has. */
export async function answerVolume(asked: Asked): Promise<object> {
  const startedAt = performance.now();
  const { span, sizes } = await readVolume(asked);
  const result = sizes.map(({ metric, total }) => ({ metric, value: [secondsAt(span.to), String(total)] }));
  return success({ resultType: 'vector', result, stats: statistics({ startedAt, lines: 0, bytes: 0 }) });
}

/** The same, of each step. */
export async function answerVolumeRange(asked: Asked): Promise<object> {
  const startedAt = performance.now();
  const { instants, sizes } = await readVolume(asked, true);
  const result = sizes.map(({ metric, bySlot }) => ({
    metric,
    values: Array.from(bySlot)
      .toSorted(([a], [b]) => a - b)
      .map(([slot, bytes]) => [instants[slot], String(bytes)]),
  }));
  return success({ resultType: 'matrix', result, stats: statistics({ startedAt, lines: 0, bytes: 0 }) });
}

interface Size {
  metric: Labels;
  bySlot: Map<number, number>;
  total: number;
}

async function readVolume(asked: Asked, inSteps = false) {
  const { parameters } = asked;
  const text = parameters.text('query') ?? '';
  const query = parseMatchers(text);
  const filter = asked.visible(query, text);
  const names = namesOf(
    asked,
    query.selector.map(({ name }) => name),
  );
  const limit = parameters.count('limit', SERIES_DEFAULT, SERIES_MAX);
  const span = parameters.span();
  const { edges, instants } = inSteps ? stepsOf(asked, span) : { edges: [span.from, span.to], instants: [] };
  const labels = names.map(labelOf);
  const counts = await countLabels(asked, { filter, labels, edges, of: 'records' });
  const bytes = await bytesOfOne(asked, filter, span);
  const byLabels = asked.parameters.text('aggregateBy') === 'labels';
  const sizes = new Map<string, Size>();
  for (const { slot, values, count } of counts) {
    await asked.pause();
    for (const metric of metricsOf(labelsOf(labels, values), byLabels)) {
      const key = keyOf(metric);
      const size = sizes.get(key) ?? { metric, bySlot: new Map(), total: 0 };
      sizes.set(key, size);
      const more = Math.round(count * bytes);
      size.bySlot.set(slot, (size.bySlot.get(slot) ?? 0) + more);
      size.total += more;
    }
  }
  const largest = Array.from(sizes.values()).toSorted((a, b) => b.total - a.total);
  return { span, instants, sizes: largest.slice(0, limit) };
}

/** By labels, each one has a series of its own, without its value. */
const metricsOf = (labels: Labels, byLabels: boolean): Labels[] =>
  byLabels ? Object.keys(labels).map((name) => ({ [name]: '' })) : [labels];

/** @throws BadUserInput */
function namesOf({ parameters }: Asked, matched: string[]): string[] {
  const aggregateBy = parameters.text('aggregateBy') ?? 'series';
  if (!['series', 'labels'].includes(aggregateBy)) {
    throw new BadUserInput(`aggregateBy: expected series or labels, got ${shown(aggregateBy)}`);
  }
  const targets = parameters
    .text('targetLabels')
    ?.split(',')
    .map((name) => name.trim());
  const names = Array.from(new Set((targets ?? matched).filter((name) => name !== '')));
  if (names.length > NAMES_MAX) {
    throw new BadUserInput(`targetLabels: expected at most ${NAMES_MAX} names, got ${names.length}`);
  }
  const wrong = names.find((name) => !isLabelName(name));
  if (wrong !== undefined) throw new BadUserInput(`targetLabels: expected names of labels, got ${shown(wrong)}`);
  return names.length > 0 ? names : ['service_name'];
}

function stepsOf({ parameters }: Asked, { from, to }: TimeSpan) {
  const [first, last] = [microsOf(from), microsOf(to)];
  const stepMs =
    parameters.duration('step') ?? Math.max(1, Math.floor(Number(last - first) / 1e6 / POINTS_DEFAULT)) * 1000;
  if ((last - first) / BigInt(Math.round(stepMs * 1000)) >= BigInt(POINTS_MAX)) {
    throw new BadUserInput(`step: expected at most ${POINTS_MAX} points, got more: use a longer step`);
  }
  const starts = instantsOf(first, last, stepMs);
  const edges = starts.filter((at) => at < last || at === first).map((at) => timestampFromMicros(at)!);
  // The last slot ends where the time range does.
  return { edges: [...edges, first < last ? to : justAfter(to)], instants: edges.map(secondsAt) };
}

const bytesOfOne = (asked: Asked, filter: Filter, span: TimeSpan): Promise<number> =>
  readMessageBytes(asked.sql, filter, span, SAMPLE_RECORDS);
