import { type LogField, readFacets } from '../db/stats/facets.ts';
import type { ValueCount } from '../db/stats/stats.ts';
import { type LogFilterInput, parseFilter, storablePath } from '../log/filter/filter.ts';
import { first, type TimeRange, windowOf } from './arguments.ts';
import type { Context } from './context.ts';
import { hintIfEmpty } from './hints.ts';

interface FacetsArguments {
  by: { field?: LogField | null; attribute?: readonly string[] | null };
  filter?: LogFilterInput | null;
  time: TimeRange;
  first: number;
}

/** @throws BadUserInput, QuerySyntax */
export async function facets(args: FacetsArguments, context: Context): Promise<ValueCount[]> {
  const { sql, now, hints } = context;
  const { field, attribute } = args.by;
  const by = field ? { field } : { attribute: storablePath(attribute!, 'by.attribute') };
  const filter = parseFilter(args.filter, hints);
  return hintIfEmpty(await readFacets(sql, by, filter, windowOf(args.time, now), first(args.first)), filter, context);
}
