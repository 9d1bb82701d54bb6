import { inScope } from '../access/scope.ts';
import { isRolledUp } from '../db/rollups/count-source.ts';
import { type Filter, type LogFilterInput, parseFilter } from '../log/filter/filter.ts';

/** Whether a count under this filter and scope reads records one by one. An invalid filter reads none: its field is rejected later. */
export function readsRows(filter: unknown, scope: Filter | null): boolean {
  try {
    return !isRolledUp(inScope(parseFilter(filter as LogFilterInput | null), scope));
  } catch {
    return false;
  }
}
