import { type Extent, lengthOf, microsOf } from './extent.ts';

/** A chain as it is drawn: where everything stands, in microseconds since the chain began. */

/** Consecutive records of a service and component, as the API tells them. */
export interface Step {
  service: string;
  component: string | null;
  startedAt: string;
  endedAt: string;
  logCount: number;
  errorCount: number;
  highestLevel: string;
  gapMs: number;
}

/** A record that took time. */
export interface Timed {
  id: string;
  timestamp: string;
  service: string;
  component: string | null;
  durationMs: number | null;
}

export interface Bar<Record> extends Extent {
  record: Record;
}

export interface StepRow<Record> extends Extent {
  kind: 'step';
  /** Of the step in its chain. */
  index: number;
  step: Step;
  /** What took time in it, where it was found. */
  bars: Bar<Record>[];
  hasFirstError: boolean;
}

/** A time without a record. */
export interface GapRow extends Extent {
  kind: 'gap';
  ms: number;
}

export interface Waterfall<Record> {
  /** When its first record began. All stretches count from here. */
  origin: number;
  whole: Extent;
  rows: (StepRow<Record> | GapRow)[];
}

/** A gap is shown where it is this part of the whole chain, so a chain has at most 20. */
const GAP_PART = 0.05;

export const isGap = (ms: number, whole: Extent): boolean => ms > 0 && ms * 1000 >= lengthOf(whole) * GAP_PART;

/**
 * When a record took place. Most are written at the end of what took time; the time of a span is its start.
 */
export function extentOf(
  { timestamp, durationMs }: Pick<Timed, 'timestamp' | 'durationMs'>,
  isSpan: boolean,
  origin: number,
): Extent {
  const at = microsOf(timestamp) - origin;
  const length = Math.round((durationMs ?? 0) * 1000);
  return isSpan ? { from: at, to: at + length } : { from: at - length, to: at };
}

/** @param spans of the records that took time, those whose timestamp is their start */
export function waterfallOf<Record extends Timed>(
  steps: readonly Step[],
  timed: { ended: readonly Record[]; spans: readonly Record[] },
  firstError: Timed | null,
): Waterfall<Record> {
  const bars = [
    ...timed.ended.map((record) => ({ record, ...extentOf(record, false, 0) })),
    ...timed.spans.map((record) => ({ record, ...extentOf(record, true, 0) })),
  ];
  const starts = [...steps.map(({ startedAt }) => microsOf(startedAt)), ...bars.map(({ from }) => from)];
  const ends = [...steps.map(({ endedAt }) => microsOf(endedAt)), ...bars.map(({ to }) => to)];
  const origin = least(starts);
  const whole = { from: 0, to: steps.length === 0 ? 0 : most(ends) - origin };
  const barsOf = byStep(steps, bars);
  const errorStep = firstError === null ? -1 : stepOf(steps, firstError);
  const rows = steps.flatMap((step, index): (StepRow<Record> | GapRow)[] => {
    const from = microsOf(step.startedAt) - origin;
    const row: StepRow<Record> = {
      kind: 'step',
      index,
      step,
      from,
      to: microsOf(step.endedAt) - origin,
      bars: (barsOf.get(index) ?? []).map((bar) => ({ ...bar, from: bar.from - origin, to: bar.to - origin })),
      hasFirstError: index === errorStep,
    };
    if (!isGap(step.gapMs, whole)) return [row];
    return [{ kind: 'gap', ms: step.gapMs, from: from - Math.round(step.gapMs * 1000), to: from }, row];
  });
  return { origin, whole, rows };
}

function byStep<Record extends Timed>(
  steps: readonly Step[],
  bars: readonly Bar<Record>[],
): Map<number, Bar<Record>[]> {
  const found = new Map<number, Bar<Record>[]>();
  for (const bar of bars) {
    const index = stepOf(steps, bar.record);
    found.set(index, [...(found.get(index) ?? []), bar]);
  }
  return found;
}

/** The step that has the record; -1: it is none of these. */
const stepOf = (steps: readonly Step[], { timestamp, service, component }: Timed): number => {
  const at = microsOf(timestamp);
  return steps.findIndex(
    (step) =>
      step.service === service &&
      step.component === component &&
      microsOf(step.startedAt) <= at &&
      at <= microsOf(step.endedAt),
  );
};

const least = (values: readonly number[]): number => values.reduce((one, other) => Math.min(one, other), Infinity);
const most = (values: readonly number[]): number => values.reduce((one, other) => Math.max(one, other), -Infinity);
