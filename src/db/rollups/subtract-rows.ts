import type { Fragment, Sql } from '../connection/client.ts';
import { partsOf, type Rollup } from './rollup.ts';

/**
 * An `insert` that subtracts deleted rows from the rollup, for a statement that deletes them in a `with`. `rows` names the
 * deleted rows there: with `ts` and the columns that the rollup reads.
 */
export function subtractRows(sql: Sql, rollup: Rollup, rows: string): Fragment {
  const { table, group, sums, subtracted, where } = partsOf(sql, rollup);
  return sql`
    insert into ${table} (step, ts, ${group}, ${sums})
    select 0, date_bin('1 minute', ts, 'epoch') as minute, ${group}, ${subtracted}
    from ${sql(rows)} where ${where} group by minute, ${group}`;
}
