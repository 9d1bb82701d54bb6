import { type Facet, type LogField, readFacets } from '../db/stats/facets.ts';
import type { ValueCount } from '../db/stats/stats.ts';
import { type LogFilterInput, storablePath } from '../log/filter/filter.ts';
import { first, type TimeRange, windowOf } from './arguments.ts';
import type { Context } from './context.ts';
import { hintIfEmpty } from './hints.ts';
import { visibleFilter } from './visible.ts';

/** Exactly one of the two is given. */
export interface FieldRef {
  field?: LogField | null;
  attribute?: readonly string[] | null;
}

interface FacetsArguments {
  by: FieldRef;
  filter?: LogFilterInput | null;
  time: TimeRange;
  first: number;
}

/** @throws BadUserInput, QuerySyntax */
export async function facets(args: FacetsArguments, context: Context): Promise<ValueCount[]> {
  const { sql, clock } = context;
  const [by, filter, size] = [facetOf(args.by), visibleFilter(args.filter, context), first(args.first)];
  return hintIfEmpty(await readFacets(sql, by, filter, await windowOf(args.time, clock), size), filter, context);
}

/** @throws BadUserInput */
export const facetOf = ({ field, attribute }: FieldRef): Facet =>
  field ? { field } : { attribute: storablePath(attribute!, 'by.attribute') };
