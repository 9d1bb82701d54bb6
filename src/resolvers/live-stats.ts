import type { Milliseconds } from '../log/duration.ts';
import { type LogFilterInput, parseFilter } from '../log/filter/filter.ts';
import { endOfNow, shift } from '../log/time.ts';
import { within } from './arguments.ts';
import type { Context } from './context.ts';
import { type LogStats, openStats } from './stats.ts';

const EVERY_MS_MIN = 250;
/** As long as a timer of Node waits at most: 24 days. */
const EVERY_MS_MAX = 2 ** 31 - 1;

interface LiveStatsArguments {
  filter?: LogFilterInput | null;
  window: Milliseconds;
  every: Milliseconds;
}

/**
 * The stats of the window that ends now, again and again; for all who ask the same they are read once, in one snapshot. Each
 * field is read when it is answered: those who ask for others share nothing.
 */
export function liveStats({ filter, window, every }: LiveStatsArguments, context: Context): AsyncIterable<LogStats> {
  within('every, in milliseconds', every, EVERY_MS_MIN, EVERY_MS_MAX);
  const parsed = parseFilter(filter);
  return context.tickers.read(context.operationKey, every, () => {
    const now = endOfNow();
    return openStats(context.pool, parsed, { from: shift(now, -window), to: now });
  });
}
