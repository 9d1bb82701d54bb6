import { type FieldName, fieldSpec } from '../../log/fields.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { type Label, LEVEL_WORDS } from '../../log/logql/labels.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Grouping, Groupings } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { joined } from '../filter/expressions.ts';
import { textAtPath } from '../filter/json-text.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import { walkColumns } from '../read/walk.ts';
import { type CountSource, countSource, matchingRecords, recordCounts } from '../rollups/count-source.ts';
import { columnOf } from '../schema/columns.ts';
import { byBar, widestStep } from './bar-groupings.ts';

export interface LabelCount {
  /** The number of the slot, from 0. */
  slot: number;
  /** In the order in which they were asked for. Null: the record has no such label. */
  values: (string | null)[];
  count: number;
}

export interface LabelCountsRequest {
  filter: Filter;
  /** Slots are the times between neighbours. At least two, sorted. */
  edges: readonly Timestamp[];
  labels: readonly Label[];
  /** Records, or the bytes of their messages. */
  of: 'records' | 'bytes';
  limit: number;
}

/** Counts matching records by slot and labels. Slots without a record are left out. At most `limit` counts, in no order. */
export const readLabelCounts = (sql: Sql, request: LabelCountsRequest): Promise<LabelCount[]> =>
  inSnapshot(sql, async (tx) => {
    const { edges, labels, limit } = request;
    const slots = edges.slice(1).map((to, index) => ({ from: edges[index]!, to }));
    const span = await readStoredSpan(tx, { from: edges[0]!, to: edges.at(-1)! });
    if (!span) return [];
    const { count, from, by } = await sourceOf(tx, request, span, slots);
    const values = labels.length === 0 ? tx`'{}'::text[]` : tx`array[${list(tx, labels, by)}]`;
    return tx<LabelCount[]>`
      select ${by.slot!} as slot, ${values} as values, ${count} as count from ${from}
      group by 1, 2 having ${count} > 0 limit ${limit}`;
  });

/** From rollups where they hold all that is asked for, and otherwise from the records. */
async function sourceOf(
  sql: Sql,
  { filter, labels, of }: LabelCountsRequest,
  span: TimeSpan,
  slots: readonly TimeSpan[],
): Promise<CountSource> {
  const bySlot: Grouping = slots.length === 1 ? { type: 'integer', of: (store) => store`0` } : byBar(slots);
  const byLabel = labels.map((label, index): [string, Grouping] => [
    nameOf(index),
    { type: 'text', of: (store) => labelSql(store, label) },
  ]);
  const by: Groupings = { slot: bySlot, ...Object.fromEntries(byLabel) };
  if (of === 'records' && labels.every(isRolledUp)) {
    return countSource(sql, { filter, span, widest: widestStep(slots), by });
  }
  const count = of === 'records' ? 'count(*)' : 'sum(octet_length(message))::bigint';
  return recordCounts(sql, by, span, matchingRecords(filter), count);
}

const nameOf = (label: number): string => `label_${label}`;

const isRolledUp = (label: Label): boolean =>
  label.kind === 'level' ||
  label.kind === 'none' ||
  (label.kind === 'field' && ['service', 'component', 'environment'].includes(label.field));

const list = (sql: Sql, labels: readonly Label[], by: Record<string, Fragment>): Fragment =>
  joined(
    sql,
    labels.map((_, index) => by[nameOf(index)]!),
    sql`, `,
  );

/** The value of a label as text. Null if there is none, or an empty one: both are no label. */
const labelSql = (sql: Sql, label: Label): Fragment =>
  label.kind === 'level' ? levelSql(sql) : sql`nullif(left(${valueSql(sql, label)}, ${VALUE_LENGTH_MAX}), '')`;

/** Characters of a value. Longer values that begin alike are one. */
const VALUE_LENGTH_MAX = 2048;

function valueSql(sql: Sql, label: Label): Fragment {
  switch (label.kind) {
    case 'none':
      return sql`null::text`;
    case 'level':
      return levelSql(sql);
    case 'field':
      return sql`(${fieldText(sql, label.field)} collate "C")`;
    case 'attribute':
      return sql`(${attributeSql(sql, label.paths)} collate "C")`;
    case 'alias': {
      const field = label.field === 'level' ? levelSql(sql) : fieldText(sql, label.field);
      return sql`(coalesce(${attributeSql(sql, label.paths)}, ${field}) collate "C")`;
    }
  }
}

const fieldText = (sql: Sql, field: FieldName): Fragment =>
  isDuckDb(sql) && fieldSpec(field).kind === 'number'
    ? sql`number_text(${sql(columnOf(field))})`
    : sql`${sql(columnOf(field))}::text`;

const levelSql = (sql: Sql): Fragment => sql`((${[...LEVEL_WORDS]}::text[])[level + 1] collate "C")`;

const attributeSql = (sql: Sql, paths: readonly (readonly string[])[]): Fragment =>
  sql`coalesce(${joined(
    sql,
    paths.map((path) => textAtPath(sql, sql`attributes`, path)),
    sql`, `,
  )})`;

/** The average bytes of the messages of the newest matching records: 0 where none match. */
export async function readMessageBytes(sql: Sql, filter: Filter, window: TimeWindow, sample: number): Promise<number> {
  const rows = await walkColumns<{ bytes: number }>(sql, 'octet_length(message) as bytes', {
    filter,
    window,
    newestFirst: true,
    above: null,
    below: null,
    limit: sample,
  });
  return rows.length === 0 ? 0 : rows.reduce((sum, { bytes }) => sum + bytes, 0) / rows.length;
}
