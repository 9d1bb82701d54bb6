import { type CleanupResult, cleanup, TIME_LIMIT_MS_MAX } from '../db/cleanup/cleanup.ts';
import { BadUserInput } from '../errors.ts';
import type { Milliseconds } from '../log/duration.ts';
import { type LogFilterInput, parseFilter } from '../log/filter/filter.ts';
import { shift, type Timestamp } from '../log/time.ts';
import { within } from './arguments.ts';
import type { Context } from './context.ts';
import { ofAllRecords } from './visible.ts';

interface CleanupInput {
  cutoff: { olderThan?: Milliseconds | null; before?: Timestamp | null };
  filter?: LogFilterInput | null;
  dryRun: boolean;
  timeLimit: Milliseconds;
}

/** @throws BadUserInput, QuerySyntax, Forbidden */
export async function cleanUp(input: CleanupInput, context: Context): Promise<CleanupResult> {
  const { cleanups, clock, hints } = ofAllRecords(context, 'cleanup');
  const { cutoff, filter, dryRun, timeLimit } = input;
  if (filter !== undefined) rejectBlanks(filter, 'filter');
  return cleanup(cleanups, {
    before: cutoff.before ?? shift(clock.now, -cutoff.olderThan!),
    filter: filter ? parseFilter(filter, hints) : null,
    dryRun,
    timeLimitMs: within('timeLimit, in milliseconds', timeLimit, 0, TIME_LIMIT_MS_MAX),
  });
}

/**
 * In a query, null and an empty filter are no condition. In a deletion they are more likely a variable that was not set.
 * The `value` of an attribute filter may be any JSON, so it is not checked.
 */
function rejectBlanks(value: unknown, at: string): void {
  if (value === null) throw new BadUserInput(`${at}: expected a condition, got null; leave it out to match all`);
  if (typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) rejectBlanks(item, `${at}[${i}]`);
    return;
  }
  const fields = Object.entries(value as object);
  if (fields.length === 0) throw new BadUserInput(`${at}: expected a condition, got {}; leave it out to match all`);
  for (const [name, field] of fields) {
    if (name !== 'value' || field === null) rejectBlanks(field, `${at}.${name}`);
  }
}
