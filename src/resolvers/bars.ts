import { BAR_WIDTHS, barsOfWidth, barsWithin } from '../db/stats/stats.ts';
import { BadUserInput } from '../errors.ts';
import { formatDuration, type Milliseconds } from '../log/duration.ts';
import { shownJson } from '../log/shown.ts';
import type { TimeSpan } from '../log/time-span.ts';
import { zoneOffset } from '../log/time-zone.ts';
import { within } from './arguments.ts';
import type { FieldRef } from './facets.ts';

export const BUCKETS_MAX = 1000;
/** Bars of a given number may be so many more, because the first and the last are cut. */
export const BUCKETS_BESIDE = 2;

export interface BarsArguments {
  buckets: number;
  width?: Milliseconds | null;
  timeZone: string;
}

export interface GroupedBarsArguments extends BarsArguments {
  by?: FieldRef | null;
  first: number;
}

/**
 * How to divide a range into bars.
 * @throws BadUserInput; so does the result where the width gives too many bars
 */
export function barsFor({ buckets, width, timeZone }: BarsArguments): (range: TimeSpan) => TimeSpan[] {
  const offsetAt = zoneOffset(timeZone);
  if (!offsetAt) {
    throw new BadUserInput(`timeZone: expected an IANA name such as "Europe/Berlin", got ${shownJson(timeZone)}`);
  }
  if (width == null) {
    const most = within('buckets', buckets, 1, BUCKETS_MAX) + BUCKETS_BESIDE;
    return (range) => barsWithin(range, offsetAt, most);
  }
  if (!BAR_WIDTHS.includes(width)) {
    const widths = BAR_WIDTHS.map(formatDuration).join(', ');
    throw new BadUserInput(`width: expected one of ${widths}, got ${formatDuration(width)}`);
  }
  return (range) => {
    const bars = barsOfWidth(range, offsetAt, width, BUCKETS_MAX);
    if (bars) return bars;
    throw new BadUserInput(
      `width: expected at most ${BUCKETS_MAX} bars, got more: ${formatDuration(width)} from ${range.from} to ${range.to}. Use a wider one, or a shorter range`,
    );
  };
}
