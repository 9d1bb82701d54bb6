import { inScope, requireAllRecords } from '../access/scope.ts';
import { type Filter, type LogFilterInput, parseFilter } from '../log/filter/filter.ts';
import type { Context } from './context.ts';

/**
 * The filter of a request, joined with the caller's scope: every field that reads records by a filter takes it from here.
 * Reads by ids have no filter: the loaders and the clock know the scope.
 * @throws BadUserInput, QuerySyntax
 */
export const visibleFilter = (
  input: LogFilterInput | null | undefined,
  { caller, hints }: Pick<Context, 'caller' | 'hints'>,
): Filter => inScope(parseFilter(input, hints), caller.scope);

/** The same context, for a field that tells something of all records. @throws Forbidden the caller has a scope */
export function ofAllRecords(context: Context, field: string): Context {
  requireAllRecords(context.caller, field);
  return context;
}
