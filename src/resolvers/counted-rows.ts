import { isRolledUp } from '../db/rollups/count-source.ts';
import { type LogFilterInput, parseFilter } from '../log/filter/filter.ts';

/** Whether a count under this filter reads records one by one. An invalid filter reads none: its field is rejected later. */
export function readsRows(filter: unknown): boolean {
  try {
    return !isRolledUp(parseFilter(filter as LogFilterInput | null));
  } catch {
    return false;
  }
}
