import { inScope } from '../access/scope.ts';
import { isRolledUp } from '../db/rollups/count-source.ts';
import { type Filter, type LogFilterInput, parseFilter } from '../log/filter/filter.ts';

/** Whether a count under this filter and scope reads records one by one. */
export const readsRows = (filter: unknown, scope: Filter | null): boolean =>
  readsRowsWhere((visible) => !isRolledUp(visible), filter, scope);

/** Whether this is true of the filter joined with the scope. An invalid filter reads none: its field is rejected later. */
export function readsRowsWhere(isTrue: (visible: Filter) => boolean, filter: unknown, scope: Filter | null): boolean {
  try {
    return isTrue(inScope(parseFilter(filter as LogFilterInput | null), scope));
  } catch {
    return false;
  }
}
