import { SURROUNDING_FIELDS } from '../../log/fields.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import { justAfter, shift } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { archiveIn } from '../archive/archive-in.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from '../filter/expressions.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { columnOf, RECORD } from '../schema/columns.ts';
import type { SurroundingRequest } from './surrounding-request.ts';

/** Records whose neighbours one statement finds: each takes two scans. They are neighbours in time, so that few files are read. */
const AT_ONCE = 25;

interface Asked {
  place: number;
  request: SurroundingRequest;
}

/** The archived neighbours of each record, in the order of the requests; null where the archive has nothing of their times. */
export async function archivedSurrounding(
  tx: Sql,
  requests: readonly SurroundingRequest[],
  scope: Filter | null,
): Promise<LogRecord[][] | null> {
  const found: LogRecord[][] = requests.map(() => []);
  const left = requests
    .map((request, place) => ({ request, place }))
    .sort((a, b) => (a.request.record.timestamp < b.request.record.timestamp ? -1 : 1));
  let isAny = false;
  while (left.length > 0) {
    const some = left.splice(0, AT_ONCE);
    const duck = await archiveIn(tx, spanOf(some));
    if (!duck) continue;
    isAny = true;
    for (const { place, ...record } of await readSome(duck, some, scope)) found[place]!.push(record);
  }
  return isAny ? found : null;
}

/** Positions first: DuckDB would read all columns of every row that it compares. */
async function readSome(
  duck: Sql,
  some: readonly Asked[],
  scope: Filter | null,
): Promise<(LogRecord & { place: number })[]> {
  const sides = some.flatMap((one) => [earlier(duck, one, scope), later(duck, one, scope)]);
  const rows = await duck<object[]>`
    with near as materialized (${joined(duck, sides, duck` union all `)})
    select place, ${duck.unsafe(RECORD)} from near join system_logs on ts = at_ts and uid = at_uid
    where ${within(duck, spanOf(some))}`;
  return rows as unknown as (LogRecord & { place: number })[];
}

function earlier(duck: Sql, { place, request }: Asked, scope: Filter | null): Fragment {
  const { record, before, withinMs } = request;
  const span = { from: shift(record.timestamp, -withinMs), to: justAfter(record.timestamp) };
  return duck`
    (select ${place}::integer as place, ts as at_ts, uid as at_uid from system_logs
     where ${within(duck, span)} and (ts, uid) <= (${record.timestamp}::timestamptz, ${record.uid}::uuid)
       ${sameValues(duck, request)} ${andFilter(duck, scope, span)}
     order by ts desc, uid desc limit ${before + 1})`;
}

function later(duck: Sql, { place, request }: Asked, scope: Filter | null): Fragment {
  const { record, after, withinMs } = request;
  const span = { from: record.timestamp, to: justAfter(shift(record.timestamp, withinMs)) };
  return duck`
    (select ${place}::integer as place, ts as at_ts, uid as at_uid from system_logs
     where ${within(duck, span)} and (ts, uid) > (${record.timestamp}::timestamptz, ${record.uid}::uuid)
       ${sameValues(duck, request)} ${andFilter(duck, scope, span)}
     order by ts, uid limit ${after})`;
}

const sameValues = (duck: Sql, { record, by }: SurroundingRequest): Fragment =>
  by
    .map((name) => SURROUNDING_FIELDS[name])
    .reduce(
      (all, field) => duck`${all} and ${duck(columnOf(field))} is not distinct from ${record[field]}::text`,
      duck``,
    );

function spanOf(some: readonly Asked[]): TimeSpan {
  const froms = some.map(({ request }) => shift(request.record.timestamp, -request.withinMs));
  const tos = some.map(({ request }) => justAfter(shift(request.record.timestamp, request.withinMs)));
  return { from: froms.sort()[0]!, to: tos.sort().at(-1)! };
}
