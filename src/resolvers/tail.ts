import { BadUserInput } from '../errors.ts';
import { EVENT_RECORDS_MAX, type TailEvent } from '../live/tail-event.ts';
import { decodeTailCursor, type TailPosition } from '../log/cursor.ts';
import type { LogFilterInput } from '../log/filter/filter.ts';
import { within } from './arguments.ts';
import type { Context } from './context.ts';
import { visibleFilter } from './visible.ts';

/** The backfill comes as one event. */
export const BACKFILL_MAX = EVENT_RECORDS_MAX;

interface TailArguments {
  filter?: LogFilterInput | null;
  after?: TailPosition | null;
  backfill: number;
}

/**
 * A browser repeats the request of an event stream after a break, and gives the last cursor in `Last-Event-ID`: it then counts
 * instead of `after` and `backfill`.
 * @throws BadUserInput, QuerySyntax, CursorInvalid; the iterator throws CursorExpired and CursorInvalid
 */
export function tail({ filter, after, backfill }: TailArguments, context: Context): AsyncIterable<TailEvent> {
  within('backfill', backfill, 0, BACKFILL_MAX);
  if (after && backfill > 0) throw new BadUserInput('expected either `after` or `backfill`, got both');
  context.inTail = true;
  const request = { filter: visibleFilter(filter, context), scoped: context.caller.scope !== null };
  if (context.lastEventId) {
    return context.hub.subscribe({
      ...request,
      after: decodeTailCursor(context.lastEventId, 'Last-Event-ID'),
      backfill: 0,
    });
  }
  return context.hub.subscribe({ ...request, after: after ?? null, backfill });
}
