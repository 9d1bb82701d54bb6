import type { Test } from '../../log/filter/filter.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { COMPARISONS, isOneOf, joined, textHolds } from './expressions.ts';

/** The test of a value that is no JSON. `type`: the type that it is compared as. */
export function valueTest(sql: Sql, value: Fragment, type: string, test: Test): Fragment {
  const as = sql.unsafe(type) as unknown as Fragment;
  switch (test.op) {
    case 'exists':
      return sql`${value} is not null`;
    case 'in':
      return isOneOf(sql, value, type, test.values);
    case 'prefix':
      return sql`starts_with(${value}, ${test.text}::text)`;
    case 'contains':
      return textHolds(sql, value, test.value as string);
    case 'all':
      return sql`(${joined(
        sql,
        test.of.map((one) => valueTest(sql, value, type, one)),
        sql` and `,
      )})`;
    default:
      return sql`${value} ${COMPARISONS[test.op](sql)} ${test.value}::${as}`;
  }
}
