import type { Filter } from '../../log/filter/filter.ts';
import { type Label, LEVEL_WORDS } from '../../log/logql/labels.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import { recordsSource } from '../blocks/records-source.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { joined } from '../filter/expressions.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import { walkColumns } from '../read/walk.ts';
import { type CountSource, countSource } from '../rollups/count-source.ts';
import { columnOf } from '../schema/columns.ts';
import { barSql, widestStep } from './bars.ts';

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
    const { count, from } = await sourceOf(tx, request, span, slots);
    const slot = slots.length === 1 ? tx`0` : barSql(tx, slots);
    const values = labels.length === 0 ? tx`'{}'::text[]` : tx`array[${list(tx, labels)}]`;
    return tx<LabelCount[]>`
      select ${slot} as slot, ${values} as values, ${count} as count from ${from}
      group by 1, 2 having ${count} > 0 limit ${limit}`;
  });

/** From rollups where they hold all that is asked for, and otherwise from the records. */
async function sourceOf(
  sql: Sql,
  { filter, labels, of }: LabelCountsRequest,
  span: TimeSpan,
  slots: readonly TimeSpan[],
): Promise<CountSource> {
  if (of === 'records' && labels.every(isRolledUp)) return countSource(sql, filter, span, widestStep(slots));
  const { records } = await recordsSource(sql, filter, span);
  return {
    count: of === 'records' ? sql`count(*)` : sql`sum(octet_length(message))::bigint`,
    from: sql`${records} where ${within(sql, span)} and ${filterSql(sql, filter, span)}`,
  };
}

const isRolledUp = (label: Label): boolean =>
  label.kind === 'level' ||
  label.kind === 'none' ||
  (label.kind === 'field' && ['service', 'component', 'environment'].includes(label.field));

const list = (sql: Sql, labels: readonly Label[]): Fragment =>
  joined(
    sql,
    labels.map((label) => labelSql(sql, label)),
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
      return sql`(${sql(columnOf(label.field))}::text collate "C")`;
    case 'attribute':
      return sql`(${attributeSql(sql, label.paths)} collate "C")`;
    case 'alias': {
      const field = label.field === 'level' ? levelSql(sql) : sql`${sql(columnOf(label.field))}::text`;
      return sql`(coalesce(${attributeSql(sql, label.paths)}, ${field}) collate "C")`;
    }
  }
}

const levelSql = (sql: Sql): Fragment => sql`((${[...LEVEL_WORDS]}::text[])[level + 1] collate "C")`;

/** `->` with a text key reads objects only. `->>` turns JSON null into null. */
function attributeSql(sql: Sql, paths: readonly (readonly string[])[]): Fragment {
  const values = paths.map((path) => {
    const root = path.slice(0, -1).reduce((value, key) => sql`${value} -> ${key}::text`, sql`attributes`);
    return sql`${root} ->> ${path.at(-1)!}::text`;
  });
  return sql`coalesce(${joined(sql, values, sql`, `)})`;
}

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
