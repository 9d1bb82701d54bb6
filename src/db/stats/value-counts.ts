import type { Position } from '../../log/cursor.ts';
import { FACET_FIELDS } from '../../log/fields.ts';
import { LLM_FACETS } from '../../log/llm-fields.ts';
import { spanOf, type TimeSpan } from '../../log/time-span.ts';
import { archiveIn } from '../archive/archive-in.ts';
import { archivedRows } from '../archive/archived-rows.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from '../filter/expressions.ts';
import { within } from '../filter/time-sql.ts';
import { callValue, facetSql, type LogField } from './facets.ts';

/** A longer value is a text, and no two records share it. */
const VALUE_LENGTH_MAX = 200;

/**
 * A `select` of how many of the records have each value, grouped, and its count. Attributes that are objects, lists or null have none.
 * `sql` must be a snapshot where `mayBeArchived`.
 */
export async function valueCounts(
  sql: Sql,
  records: readonly Position[],
): Promise<{ select: Fragment; count: Fragment }> {
  const span = spanOf(records.map(({ timestamp }) => timestamp));
  const archive = await archiveIn(sql, span);
  const live = liveCounts(sql, records, span);
  if (!archive) return { select: live, count: sql`count(*)` };
  const archived = archivedRows(sql, await archivedCounts(archive, records, span), {
    ...{ name: 'text', is_attribute: 'boolean', value: 'text', count: 'bigint' },
  });
  return {
    select: sql`
      select name, is_attribute, value, sum(count)::bigint as count
      from (select name collate "C" as name, is_attribute, value collate "C" as value, count from (${live}) as live
        union all select name, is_attribute, value, count from ${archived} as archived) as either
      group by 1, 2, 3`,
    count: sql`sum(count)`,
  };
}

/** By the primary key. */
function liveCounts(sql: Sql, records: readonly Position[], span: TimeSpan): Fragment {
  const times = records.map(({ timestamp }) => timestamp);
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

/** The same of archived records. */
function archivedCounts(archive: Sql, records: readonly Position[], span: TimeSpan): Promise<object[]> {
  const names = [...RECORD_FIELDS, ...CALL_FIELDS] as string[];
  const values = [
    ...RECORD_FIELDS.map((field) => facetSql(archive, { field })),
    ...CALL_FIELDS.map((field) => archive`call.${archive(field)}`),
  ];
  const times = records.map(({ timestamp }) => timestamp);
  return archive<object[]>`
    with record as materialized (
      select system_logs.* from system_logs join (
        select unnest(${times}::timestamptz[]) as at_ts, unnest(${records.map(({ uid }) => uid)}::uuid[]) as at_uid
      ) as position on ts = at_ts and uid = at_uid
      where ${within(archive, span)}
    ), found as (
      select unnest(${names}::text[]) as name, false as is_attribute, unnest([${joined(archive, values, archive`, `)}]) as value
      from record left join (
        select ts as call_ts, uid as call_uid, ${callValues(archive)} from llm_logs where ${within(archive, span)}
      ) as call on call_ts = ts and call_uid = uid
      union all
      select key as name, true as is_attribute, json_text(member) as value from (
        select key, json_extract(attributes, '/' || replace(replace(key, '~', '~0'), '/', '~1')) as member
        from (select attributes, unnest(json_keys(attributes)) as key from record)
      ) where json_type(member) not in ('OBJECT', 'ARRAY', 'NULL')
    )
    select name, is_attribute, value, count(*) as count from found
    where value is not null and length(value) <= ${VALUE_LENGTH_MAX} group by all`;
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
