import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import { inArchiveSnapshot } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import { readSample } from '../read/sample.ts';
import type { LogField } from './facets.ts';
import { valueCounts } from './value-counts.ts';

/** Records of each side that are looked at. */
export const UNUSUAL_SAMPLE = 10_000;
/** A value with fewer records says nothing. */
export const UNUSUAL_COUNT_MIN = 10;

/** A value that is more common in a selection of records than outside of it. */
export interface UnusualValue {
  field: LogField | null;
  /** The path: one key. */
  attribute: string[] | null;
  value: string;
  count: number;
  outside: number;
  lift: number;
}

export interface UnusualRequest {
  selected: Filter;
  outside: Filter;
  window: TimeWindow;
  first: number;
}

type Row = Pick<UnusualValue, 'value' | 'count' | 'outside' | 'lift'> & { name: string; isAttribute: boolean };

/**
 * Values of fields and of attributes at the top, the highest lift first: their share in the selection divided by their share
 * outside, where a value that is not there counts as one record. Both sides are even samples.
 */
export const readUnusual = (sql: Sql, request: UnusualRequest): Promise<UnusualValue[]> =>
  inArchiveSnapshot(sql, (tx) => compareSamples(tx, request));

async function compareSamples(sql: Sql, { selected, outside, window, first }: UnusualRequest): Promise<UnusualValue[]> {
  const read = async (filter: Filter) =>
    (await readSample<Position>(sql, 'ts as "timestamp", uid', { filter, window, size: UNUSUAL_SAMPLE })).rows;
  const [inside, others] = [await read(selected), await read(outside)];
  if (inside.length === 0 || others.length === 0) return [];
  const [insideCounts, othersCounts] = [await valueCounts(sql, inside), await valueCounts(sql, others)];
  const rows = await sql<Row[]>`
    with inside as materialized (
      ${insideCounts.select} having ${insideCounts.count} >= ${UNUSUAL_COUNT_MIN}
    ), others as materialized (
      ${othersCounts.select}
    ), compared as (
      select name, is_attribute, value, inside.count, coalesce(others.count, 0) as outside,
        (inside.count::float8 / ${inside.length}) / (coalesce(others.count, 1)::float8 / ${others.length}) as lift
      from inside left join others using (name, is_attribute, value)
    )
    select name, is_attribute as "isAttribute", value, count, outside, lift from compared
    where lift > 1 order by lift desc, count desc, is_attribute, name, value limit ${first}`;
  return rows.map(({ name, isAttribute, ...row }) => ({
    field: isAttribute ? null : (name as LogField),
    attribute: isAttribute ? [name] : null,
    ...row,
  }));
}
