import { QueryTooComplex } from '../../errors.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { archiveIn } from './archive-in.ts';
import { archivedRows } from './archived-rows.ts';

// Aggregates over both stores: the archive answers with its groups and their sums, and the statement of the database adds them to its own.

/** Groups of archived records for one statement: they go to the database as a parameter. */
export const GROUPS_MAX = 200_000;
/** Characters of all their values together. */
const CHARACTERS_MAX = 32 * 1024 * 1024;

/** What is grouped by: an expression over the columns of a source, and its type in PostgreSQL. Text has collation "C". */
export interface Grouping {
  type: 'boolean' | 'smallint' | 'integer' | 'text' | 'timestamptz';
  of(sql: Sql): Fragment;
}
export type Groupings<Name extends string = string> = Readonly<Record<Name, Grouping>>;

/** What a question reads of the records of a time in one store: all of a statement from `from` on, up to `group by`. */
export type SourceOf = (sql: Sql, span: TimeSpan) => Promise<{ from: Fragment }>;

/** Where groups are read, and the expressions by which they are grouped. */
export interface GroupedSource<Name extends string = string> {
  from: Fragment;
  by: Record<Name, Fragment>;
}

interface ArchivedQuestion {
  by: Groupings;
  /** Select list of aggregates. */
  sums: string;
  /** Disjoint. */
  spans: readonly TimeSpan[];
  source: SourceOf;
}

/**
 * The groups of archived records; none where nothing of these spans is archived. `sql` must be a snapshot where `mayBeArchived`.
 * @throws QueryTooComplex there are more than `GROUPS_MAX`
 */
export async function archivedGroups<Row extends object>(
  sql: Sql,
  { by, sums, spans, source }: ArchivedQuestion,
): Promise<Row[]> {
  let groups: Row[] = [];
  for (const span of spans) {
    const duck = await archiveIn(sql, span);
    if (!duck) continue;
    const { from } = await source(duck, span);
    const found = await duck<Row[]>`
      select ${groupList(duck, by)}${duck.unsafe(sums)} from ${from} group by all limit ${GROUPS_MAX + 1}`;
    groups = groups.concat(found);
    checkSize(groups);
  }
  return groups;
}

function checkSize(groups: readonly object[]): void {
  const advice = 'Ask for less time, for fewer bars, or by a field that has fewer values';
  if (groups.length > GROUPS_MAX) {
    throw new QueryTooComplex(`expected at most ${GROUPS_MAX} groups of archived records. ${advice}`);
  }
  let characters = 0;
  for (const group of groups) {
    for (const value of Object.values(group)) if (typeof value === 'string') characters += value.length;
  }
  if (characters > CHARACTERS_MAX) {
    throw new QueryTooComplex(
      `expected values of at most ${CHARACTERS_MAX} characters in the groups of archived records, found ${characters}. ${advice}`,
    );
  }
}

/** The source of a question that has nothing archived: unchanged. */
export const liveSource = <Name extends string>(
  sql: Sql,
  by: Groupings<Name>,
  from: Fragment,
): GroupedSource<Name> => ({
  from,
  by: mapped(by, (grouping) => grouping.of(sql)),
});

/**
 * The groups of the database and those of the archive, for `from`. `sums`: of each column the aggregate over `live`, and its type. A
 * group stands in it twice where both stores have it, and each column is to be summed.
 */
export function mergedSource<Name extends string>(
  sql: Sql,
  by: Groupings<Name>,
  live: Fragment,
  archived: readonly object[],
  sums: Readonly<Record<string, { of: string; type: string }>>,
): GroupedSource<Name> {
  const names = Object.keys(by) as Name[];
  const ordinals = names.map((_, index) => index + 1).join(', ');
  const liveSums = Object.entries(sums).map(([name, { of }]) => `${of} as "${name}"`);
  const all = [...names, ...Object.keys(sums)].map((name) => `"${name}"`).join(', ');
  const columns = { ...mapped(by, ({ type }) => type), ...mapped(sums, ({ type }) => type) };
  return {
    from: sql`(
      select ${groupList(sql, by)}${sql.unsafe(liveSums.join(', '))} from ${live}
      ${sql.unsafe(ordinals === '' ? '' : `group by ${ordinals}`)}
      union all select ${sql.unsafe(all)} from ${archivedRows(sql, archived, columns)} as archived
    ) as merged`,
    by: mapped(by, (_, name) => sql`${sql(name as string)}`),
  };
}

/** With a comma after each. Texts of both stores have one collation. */
const groupList = (sql: Sql, by: Groupings): Fragment =>
  Object.entries(by).reduce((list, [name, { type, of }]) => {
    const value = type === 'text' ? sql`(${of(sql)}) collate "C"` : of(sql);
    return sql`${list}${value} as ${sql(name)}, `;
  }, sql``);

const mapped = <Name extends string, Value, Made>(
  given: Readonly<Record<Name, Value>>,
  make: (value: Value, name: Name) => Made,
): Record<Name, Made> =>
  Object.fromEntries(Object.entries<Value>(given).map(([name, value]) => [name, make(value, name as Name)])) as Record<
    Name,
    Made
  >;
