import { BadUserInput } from '../errors.ts';
import { EVENT_RECORDS_MAX, type TailEvent } from '../live/tail-event.ts';
import type { TailPosition } from '../log/cursor.ts';
import { type LogFilterInput, parseFilter } from '../log/filter/filter.ts';
import { within } from './arguments.ts';
import type { Context } from './context.ts';

/** The backfill comes as one event. */
export const BACKFILL_MAX = EVENT_RECORDS_MAX;

interface TailArguments {
  filter?: LogFilterInput | null;
  after?: TailPosition | null;
  backfill: number;
}

/** @throws BadUserInput, QuerySyntax; the iterator throws CursorExpired and CursorInvalid */
export function tail({ filter, after, backfill }: TailArguments, context: Context): AsyncIterable<TailEvent> {
  within('backfill', backfill, 0, BACKFILL_MAX);
  if (after && backfill > 0) throw new BadUserInput('expected either `after` or `backfill`, got both');
  context.inTail = true;
  return context.hub.subscribe({ filter: parseFilter(filter, context.hints), after: after ?? null, backfill });
}
