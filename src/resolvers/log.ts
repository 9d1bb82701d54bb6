import type { ChainSummary } from '../db/chains/chains.ts';
import type { SurroundingField } from '../db/read/surrounding.ts';
import { BadUserInput } from '../errors.ts';
import { decodeLogId } from '../log/cursor.ts';
import type { Milliseconds } from '../log/duration.ts';
import type { LogFilterInput } from '../log/filter/filter.ts';
import type { LogRecord } from '../log/record.ts';
import { PAGE_MAX, type PageArguments, pageOf, type TimeRange, windowOrAll, within } from './arguments.ts';
import { type LogConnection, openConnection } from './connection.ts';
import type { Context } from './context.ts';
import { hintedConnection } from './hints.ts';
import { visibleFilter } from './visible.ts';

export const SURROUNDING_MAX = 100;

interface LogsArguments extends PageArguments {
  filter?: LogFilterInput | null;
  time?: TimeRange | null;
  order: 'NEWEST_FIRST' | 'OLDEST_FIRST';
}

/** @throws BadUserInput, CursorInvalid, QuerySyntax */
export async function logs(
  args: LogsArguments,
  context: Context,
  selected: ReadonlySet<string>,
): Promise<LogConnection> {
  const [filter, page] = [visibleFilter(args.filter, context), pageOf(args)];
  const window = await windowOrAll(args.time, context.clock);
  const connection = openConnection(context.sql, { filter, window, order: args.order, page }, selected);
  const isPart = args.after != null || args.before != null || args.first === 0 || args.last === 0;
  return isPart ? connection : hintedConnection(connection, filter, context);
}

/** Null if the text is not an id of a record, or the record does not exist. */
export async function findLog(id: string, { loaders }: Context): Promise<LogRecord | null> {
  const position = decodeLogId(id);
  return position ? loaders.log.load(position) : null;
}

export function findNodes(ids: readonly string[], context: Context): Promise<(LogRecord | null)[]> {
  within('ids', ids.length, 0, PAGE_MAX);
  return Promise.all(ids.map((id) => findLog(id, context)));
}

export async function correlationOf(
  { correlationId }: LogRecord,
  { inTail, loaders }: Context,
): Promise<ChainSummary | null> {
  if (inTail) throw notInTail('correlation');
  return correlationId === null ? null : loaders.correlation.load(correlationId);
}

interface SurroundingArguments {
  before: number;
  after: number;
  by: readonly SurroundingField[];
  within: Milliseconds;
}

export async function surroundingOf(
  record: LogRecord,
  { before, after, by, within: withinMs }: SurroundingArguments,
  { inTail, loaders }: Context,
): Promise<LogRecord[]> {
  if (inTail) throw notInTail('surrounding');
  return loaders.surrounding.load({
    record,
    before: within('before', before, 0, SURROUNDING_MAX),
    after: within('after', after, 0, SURROUNDING_MAX),
    by: [...new Set(by)],
    withinMs,
  });
}

const notInTail = (field: string): BadUserInput =>
  new BadUserInput(`${field}: expected a query, got a tail. Use \`log(id:)\` to read the record with this field`);
