import type { Position } from '../../log/cursor.ts';
import { FACET_FIELDS } from '../../log/fields.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { LLM_FACETS } from '../../log/llm-fields.ts';
import { justAfter } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from '../filter/expressions.ts';
import { within } from '../filter/time-sql.ts';
import { readSample } from '../read/sample.ts';
import { callValue, facetSql, type LogField } from './facets.ts';

/** Records of each side that are looked at. */
export const UNUSUAL_SAMPLE = 10_000;
/** A value with fewer records says nothing. */
export const UNUSUAL_COUNT_MIN = 10;
/** A longer value is a text, and no two records share it. */
const VALUE_LENGTH_MAX = 200;

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
export async function readUnusual(
  sql: Sql,
  { selected, outside, window, first }: UnusualRequest,
): Promise<UnusualValue[]> {
  const read = async (filter: Filter) =>
    (await readSample<Position>(sql, 'ts as "timestamp", uid', { filter, window, size: UNUSUAL_SAMPLE })).rows;
  const [inside, others] = [await read(selected), await read(outside)];
  if (inside.length === 0 || others.length === 0) return [];
  const rows = await sql<Row[]>`
    with inside as materialized (
      ${valueCounts(sql, inside)} having count(*) >= ${UNUSUAL_COUNT_MIN}
    ), others as materialized (
      ${valueCounts(sql, others)}
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

/** How many of the records have each value, by the primary key. Attributes that are objects, lists or null have none. */
function valueCounts(sql: Sql, records: readonly Position[]): Fragment {
  const times = records.map(({ timestamp }) => timestamp);
  const span = spanOf(times);
  return sql`
    select name, is_attribute, value, count(*) as count
    from unnest(${times}::timestamptz[], ${records.map(({ uid }) => uid)}::uuid[]) as position (at_ts, at_uid)
    cross join lateral (
      select * from system_logs where ${within(sql, span)} and ts = at_ts and uid = at_uid offset 0
    ) as record
    left join lateral (
      select ${callValues(sql)} from llm_logs where ${within(sql, span)} and ts = at_ts and uid = at_uid offset 0
    ) as call on true
    cross join lateral (
      select name, false as is_attribute, value from (values ${fieldValues(sql)}) as field (name, value)
      union all
      select key, true, member #>> '{}' from jsonb_each(attributes) as attribute (key, member)
      where jsonb_typeof(member) in ('string', 'number', 'boolean')
    ) as found
    where value is not null and length(value) <= ${VALUE_LENGTH_MAX}
    group by name, is_attribute, value`;
}

const CALL_FIELDS = Object.keys(LLM_FACETS) as (keyof typeof LLM_FACETS)[];
const RECORD_FIELDS: readonly LogField[] = ['LEVEL', ...(Object.keys(FACET_FIELDS) as LogField[])];

/** A column for each field of a call, under the name of the field. */
const callValues = (sql: Sql): Fragment =>
  joined(
    sql,
    CALL_FIELDS.map((field) => sql`${callValue(sql, field)} as ${sql(field)}`),
    sql`, `,
  );

const fieldValues = (sql: Sql): Fragment =>
  joined(
    sql,
    [
      ...RECORD_FIELDS.map((field) => sql`(${field}::text, ${facetSql(sql, { field })})`),
      ...CALL_FIELDS.map((field) => sql`(${field}::text, call.${sql(field)})`),
    ],
    sql`, `,
  );

function spanOf(times: readonly string[]): TimeSpan {
  let [from, last] = [times[0]!, times[0]!];
  for (const time of times) {
    if (time < from) from = time;
    if (time > last) last = time;
  }
  return { from, to: justAfter(last) };
}
