import type { TimeRangeInput } from '../../api/documents.ts';
import { rfc3339 } from '../../text/clock.ts';
import type { Clocks } from '../../text/instant-text.ts';
import { spanOf } from '../../text/range.ts';
import type { TimeRange } from '../../text/time-text.ts';

/** What the shown range is compared with: the time just before it, so long. Undefined: as long as the range itself. */
export interface Baseline {
  /** In the URL. */
  name: string;
  title: string;
  lengthMs?: number;
}

const DAY = 86_400_000;

export const BASELINES: readonly Baseline[] = [
  { name: 'before', title: 'the time before, as long' },
  { name: 'day', title: 'the day before', lengthMs: DAY },
  { name: 'week', title: 'the week before', lengthMs: 7 * DAY },
];

/** Null where nothing is compared, and where nothing lies before the range. */
export function baselineOf(name: string | undefined, range: TimeRange, clocks: Clocks): TimeRangeInput | null {
  const baseline = BASELINES.find((one) => one.name === name);
  const span = spanOf(range, clocks);
  if (!baseline || !span) return null;
  const from = span.from - (baseline.lengthMs ?? span.to - span.from);
  return { from: rfc3339(from), to: rfc3339(span.from) };
}
