import type { Milliseconds } from '../log/duration.ts';
import type { LogFilterInput } from '../log/filter/filter.ts';
import { windowOf, within } from './arguments.ts';
import { createClock } from './clock.ts';
import type { Context } from './context.ts';
import { type LogStats, openStats } from './stats.ts';
import { visibleFilter } from './visible.ts';

const EVERY_MS_MIN = 250;
/** The longest time that a timer of Node can wait: 24 days. */
const EVERY_MS_MAX = 2 ** 31 - 1;

interface LiveStatsArguments {
  filter?: LogFilterInput | null;
  window: Milliseconds;
  every: Milliseconds;
}

/** Its "now" is read when the event is made. */
export interface StatsEvent {
  open(): Promise<LogStats>;
}

/**
 * The stats of the window that ends now, every `every`. Subscriptions with the same operation key share each reading, in one
 * snapshot. A field is read when it is resolved, so subscriptions with other fields share nothing.
 */
export function liveStats({ filter, window, every }: LiveStatsArguments, context: Context): AsyncIterable<StatsEvent> {
  within('every, in milliseconds', every, EVERY_MS_MIN, EVERY_MS_MAX);
  const [visible, { scope }] = [visibleFilter(filter, context), context.caller];
  return context.tickers.read(context.operationKey, every, () => {
    const sql = context.openShared();
    const clock = createClock(sql, scope);
    return {
      open: async () => openStats(sql, visible, scope, await windowOf({ last: window }, clock), clock.now),
    };
  });
}
