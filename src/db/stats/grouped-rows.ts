import { QueryTooComplex } from '../../errors.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Grouping } from '../archive/archived-groups.ts';
import type { Sql } from '../connection/client.ts';
import { recordCounts } from '../rollups/count-source.ts';
import { BY_LEVEL, byBar, widestStep } from './bar-groupings.ts';
import { commonValues, type Facet, facetRecords, facetSource, facetSql } from './facets.ts';

/** A row has a level, or a place among the common values: null for the rest. */
export interface GroupedRow {
  bar: number;
  level: number | null;
  place: number | null;
  value: string | null;
  count: number;
}

export interface GroupedRequest {
  filter: Filter;
  range: TimeSpan;
  bars: readonly TimeSpan[];
  facet: Facet;
  /** How many of the most common values over the whole range have a place. */
  first: number;
}

/** Of each bar the counts of levels, and of values. */
export async function readGroupedRows(sql: Sql, request: GroupedRequest): Promise<GroupedRow[]> {
  try {
    return await readAtOnce(sql, request);
  } catch (error) {
    if (!(error instanceof QueryTooComplex)) throw error;
    return readOfCommon(sql, request);
  }
}

async function readAtOnce(sql: Sql, { filter, range, bars, facet, first }: GroupedRequest): Promise<GroupedRow[]> {
  const { count, from, by } = await facetSource(sql, facet, {
    ...{ filter, span: range, widest: widestStep(bars) },
    by: { bar: byBar(bars), level: BY_LEVEL },
  });
  return sql<GroupedRow[]>`
    with counted as materialized (
      select ${by.bar} as bar, ${by.level} as level, ${by.value} as value, ${count} as count
      from ${from} group by 1, 2, 3
    ), common as materialized (
      select value, (row_number() over (order by sum(count) desc, value nulls last))::integer - 1 as place
      from counted group by value having sum(count) > 0 order by place limit ${first}
    )
    select bar, level, place, common.value, sum(count)::bigint as count
    from counted left join common
      on coalesce(counted.value, '') = coalesce(common.value, '') and (counted.value is null) = (common.value is null)
    group by grouping sets ((bar, level), (bar, place, common.value))`;
}

/** Where the archive has too many bars of values for one answer: first the common values, then their bars. */
export async function readOfCommon(
  sql: Sql,
  { filter, range, bars, facet, first }: GroupedRequest,
): Promise<GroupedRow[]> {
  const values = (await commonValues(sql, facet, filter, range, first)).map(({ value }) => value);
  const place: Grouping = {
    type: 'integer',
    of(store) {
      const value = facetSql(store, facet);
      const withoutNull = store`array_position(${values.map((one) => one ?? '')}::text[], ${value}) - 1`;
      const ofNull = values.indexOf(null);
      const [empty, none] = [values.indexOf(''), store`null::integer`];
      return store`case when ${value} is null then ${ofNull < 0 ? none : store`${ofNull}::integer`}
        when ${value} = '' then ${empty < 0 ? none : store`${empty}::integer`} else ${withoutNull} end`;
    },
  };
  const by = { bar: byBar(bars), level: BY_LEVEL, place };
  const source = await recordCounts(sql, by, range, facetRecords(facet, filter));
  const rows = await sql<Omit<GroupedRow, 'value'>[]>`
    select bar, level, place, sum(count)::bigint as count from (
      select ${source.by.bar} as bar, ${source.by.level} as level, ${source.by.place} as place, ${source.count} as count
      from ${source.from} group by 1, 2, 3
    ) as counted group by grouping sets ((bar, level), (bar, place))`;
  return rows.map((row) => ({ ...row, value: row.place === null ? null : values[row.place]! }));
}
