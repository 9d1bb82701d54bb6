import { type Facet, type LogField, readFacets } from '../db/stats/facets.ts';
import type { ValueCount } from '../db/stats/stats.ts';
import { type LogFilterInput, parseFilter, storablePath } from '../log/filter/filter.ts';
import { first, type TimeRange, windowOf } from './arguments.ts';
import type { Context } from './context.ts';

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
export async function facets(args: FacetsArguments, { sql, clock }: Context): Promise<ValueCount[]> {
  const [by, filter, size] = [facetOf(args.by), parseFilter(args.filter), first(args.first)];
  return readFacets(sql, by, filter, await windowOf(args.time, clock), size);
}

/** @throws BadUserInput */
export const facetOf = ({ field, attribute }: FieldRef): Facet =>
  field ? { field } : { attribute: storablePath(attribute!, 'by.attribute') };
