import { QueryTooComplex } from '../../errors.ts';
import { FACET_FIELDS } from '../../log/fields.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { LEVELS } from '../../log/level.ts';
import { LLM_FACETS, LLM_TESTED, llmFieldSpec } from '../../log/llm-fields.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import { archiveIn } from '../archive/archive-in.ts';
import { GROUPS_MAX, type Grouping, type SourceOf } from '../archive/archived-groups.ts';
import { recordsSource } from '../blocks/records-source.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { textAtPath } from '../filter/json-text.ts';
import { within } from '../filter/time-sql.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import { type CountQuestion, type CountSource, countSource, recordCounts } from '../rollups/count-source.ts';
import { columnOf } from '../schema/columns.ts';

type CallField = keyof typeof LLM_FACETS;
export type LogField = 'LEVEL' | keyof typeof FACET_FIELDS | CallField;

/** A null `value` counts the records that have none. */
export interface ValueCount {
  value: string | null;
  count: number;
}

/** A field, or the path of an attribute: at least one key, as stored. */
export type Facet = { field: LogField } | { attribute: readonly string[] };

/**
 * The most common values. Equal counts are sorted by value, null last. An attribute that is not text counts as its JSON text.
 */
export const readFacets = (
  sql: Sql,
  by: Facet,
  filter: Filter,
  window: TimeWindow,
  first: number,
): Promise<ValueCount[]> =>
  inSnapshot(sql, async (tx) => {
    const span = await readStoredSpan(tx, window);
    return span ? commonValues(tx, by, filter, span, first) : [];
  });

/** As `readFacets`. `sql` must be a snapshot. */
export async function commonValues(
  sql: Sql,
  facet: Facet,
  filter: Filter,
  span: TimeSpan,
  first: number,
): Promise<ValueCount[]> {
  try {
    return await countInDatabase(sql, facet, filter, span, first);
  } catch (error) {
    if (!(error instanceof QueryTooComplex)) throw error;
    const counts = await countInArchive(sql, facet, filter, span, first);
    if (!counts) throw error;
    return counts;
  }
}

async function countInDatabase(sql: Sql, facet: Facet, filter: Filter, span: TimeSpan, first: number) {
  const { count, from, by } = await facetSource(sql, facet, { filter, span, by: {} });
  return sql<ValueCount[]>`
    select ${by.value} as value, ${count} as count from ${from}
    group by 1 having ${count} > 0 order by 2 desc, 1 nulls last limit ${first}`;
}

/** Where the archive has too many values for the database: the database has fewer. Null if it has too many as well. */
export async function countInArchive(sql: Sql, facet: Facet, filter: Filter, span: TimeSpan, first: number) {
  const source = facetRecords(facet, filter);
  const archive = await archiveIn(sql, span);
  if (!archive) return null;
  const counts = (store: Sql, from: Fragment): Fragment =>
    store`select ${facetSql(store, facet)} as value, count(*) as count from ${from} group by 1`;
  const live = await sql<ValueCount[]>`${counts(sql, (await source(sql, span)).from)} limit ${GROUPS_MAX + 1}`;
  if (live.length > GROUPS_MAX) return null;
  return archive<ValueCount[]>`
    select value, sum(count)::bigint as count from (
      ${counts(archive, (await source(archive, span)).from)}
      union all select unnest(${live.map(({ value }) => value)}::text[]), unnest(${live.map(({ count }) => count)}::bigint[])
    ) group by 1 order by 2 desc, 1 nulls last limit ${first}`;
}

/** As `countSource`, also grouped by the `value` of a facet. */
export async function facetSource<Name extends string>(
  sql: Sql,
  facet: Facet,
  question: CountQuestion<Name>,
): Promise<CountSource<Name | 'value'>> {
  const { filter, span } = question;
  const by = { ...question.by, value: byFacet(facet) };
  if (isRolledUp(facet)) return countSource(sql, { ...question, by });
  return recordCounts(sql, by, span, facetRecords(facet, filter));
}

/** Matching records, with the call that a facet asks for. */
export const facetRecords =
  (facet: Facet, filter: Filter): SourceOf =>
  async (sql, span) => {
    const { records } = await recordsSource(sql, filter, span);
    return {
      from: sql`${records} ${calls(sql, facet, span)} where ${within(sql, span)} and ${filterSql(sql, filter, span)}`,
    };
  };

export const byFacet = (facet: Facet): Grouping => ({ type: 'text', of: (sql) => facetSql(sql, facet) });

const ROLLED_UP: ReadonlySet<LogField> = new Set<LogField>(['LEVEL', 'SERVICE', 'COMPONENT', 'ENVIRONMENT']);

/** Whether rollups count the values. */
export const isRolledUp = (by: Facet): boolean => 'field' in by && ROLLED_UP.has(by.field);

/** The value to count by: an expression with collation "C". */
export function facetSql(sql: Sql, by: Facet): Fragment {
  if ('attribute' in by) return sql`${textAtPath(sql, sql`attributes`, by.attribute)} collate "C"`;
  if (isOfCall(by.field)) return sql`call_value`;
  if (by.field === 'LEVEL') return sql`(${[...LEVELS]}::text[])[level + 1] collate "C"`;
  return sql`${sql.unsafe(columnOf(FACET_FIELDS[by.field]))}`;
}

export const isOfCall = (field: LogField): field is CallField => Object.hasOwn(LLM_FACETS, field);

/** The column `call_value` of each record's model call. Nothing for a facet of the record itself. */
function calls(sql: Sql, by: Facet, span: TimeSpan): Fragment {
  if ('attribute' in by || !isOfCall(by.field)) return sql``;
  return sql`left join (
    select ts as call_ts, uid as call_uid, ${callValue(sql, by.field)} as call_value
    from llm_logs where ${within(sql, span)}
  ) as calls on call_ts = ts and call_uid = uid`;
}

/** The value of a call: an expression over the columns of `llm_logs`. Of the model, the one that answered comes first. */
export function callValue(sql: Sql, field: CallField): Fragment {
  const columns = LLM_TESTED[LLM_FACETS[field]].toReversed().map((tested) => llmFieldSpec(tested).column);
  return sql`coalesce(${sql.unsafe(columns.join(', '))})`;
}
