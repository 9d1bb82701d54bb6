import type { Fragment, Sql } from '../connection/client.ts';
import { type BlockTest, probesOf } from './block-test.ts';
import { joined } from './expressions.ts';
import { HASH_BITS } from './gram-set.ts';

/**
 * The test of all blocks of a group: an expression over the columns of `log_block_groups`. A bit is 1 where the block passes.
 * Reads one bitmap for each probe, by the primary key.
 */
export function groupTestSql(sql: Sql, test: BlockTest): Fragment {
  if (test.kind === 'grams') {
    const [bits, shift] = [sql.unsafe(`${test.in}_bits`), sql.unsafe(String(HASH_BITS))];
    const inText = sql.unsafe(test.in === 'text' ? 'in_text' : 'not in_text');
    return sql`(
      select bit_and((
        select substring(bitmaps from bitmap % per_slice * width + 1 for width) from log_block_slices
        where group_id = id and ${inText} and slice = bitmap / per_slice))
      from (select (hash * ${bits}) >> ${shift} as bitmap from unnest(${probesOf(test.of)}::integer[]) as hash) as probes)`;
  }
  const tests = test.of.map((one) => groupTestSql(sql, one));
  return sql`(${joined(sql, tests, test.kind === 'all' ? sql` & ` : sql` | `)})`;
}
