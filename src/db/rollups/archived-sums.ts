import type { TimeSpan } from '../../log/time-span.ts';
import { archivedGroups, type Grouping } from '../archive/archived-groups.ts';
import { archivedRows } from '../archive/archived-rows.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { partsOf, type Rollup } from './rollup.ts';

const MINUTE: Grouping = { type: 'timestamptz', of: (sql) => sql`date_bin('1 minute', ts, 'epoch')` };

const typeOf = (group: string): Grouping['type'] => (group === 'level' ? 'smallint' : 'text');

const groupingsOf = ({ groups }: Rollup): Record<string, Grouping> =>
  Object.fromEntries(groups.map((name) => [name, { type: typeOf(name), of: (sql) => sql`${sql.unsafe(name)}` }]));

/** The sums that a rollup has of archived rows, by the minute. Sums are texts: a number of JavaScript does not hold all of them. */
export const archivedSums = (sql: Sql, rollup: Rollup, span: TimeSpan): Promise<object[]> =>
  archivedGroups(sql, {
    by: { minute: MINUTE, ...groupingsOf(rollup) },
    sums: Object.entries(rollup.sums)
      .map(([name, of]) => `(${of})::varchar as ${name}`)
      .join(', '),
    spans: [span],
    source: async (store, part) => {
      const { of, where } = partsOf(store, rollup);
      return { from: store`${of} where ${within(store, part)} and ${where}` };
    },
  });

/** A `select` of rows of `archivedSums`: minute, groups and sums. */
export function sumsOfArchived(sql: Sql, rollup: Rollup, found: readonly object[]): Fragment {
  const { group, sums } = partsOf(sql, rollup);
  const columns = {
    minute: MINUTE.type,
    ...Object.fromEntries(rollup.groups.map((name) => [name, typeOf(name)])),
    ...Object.fromEntries(Object.keys(rollup.sums).map((name) => [name, 'numeric'])),
  };
  return sql`select minute, ${group}, ${sums} from ${archivedRows(sql, found, columns)} as archived`;
}
