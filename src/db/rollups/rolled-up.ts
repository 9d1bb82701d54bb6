import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from '../filter/expressions.ts';
import { within } from '../filter/time-sql.ts';
import { partsOf, type Rollup } from './rollup.ts';
import { readGaps } from './rollup-gaps.ts';
import { tilingOf } from './tiles.ts';

interface Question {
  span: TimeSpan;
  /** The widest step to use, in seconds. */
  widest: number;
  /** The select list over rows of the rollup, and the one with the same columns over rows that are counted one by one. */
  ofRollup: Fragment;
  ofRow: Fragment;
}

/**
 * A `union` in parentheses over a time span: rows of the rollup for whole steps, the rows themselves for the rest:
 * for `edges`, whose archived rows are not in it. Undefined where no whole step can be used. `sql` must be a snapshot: rollups and rows of two moments do not add up.
 */
export async function rolledUp(
  sql: Sql,
  rollup: Rollup,
  { span, widest, ofRollup, ofRow }: Question,
): Promise<{ from: Fragment; edges: TimeSpan[] } | undefined> {
  if (span.from >= span.to) return undefined;
  const { tiles, edges } = tilingOf(span, await readGaps(sql, rollup, span), widest);
  if (tiles.length === 0) return undefined;
  const { table, of, where } = partsOf(sql, rollup);
  const sources = [
    ...tiles.map(
      (tile) => sql`select ${ofRollup} from ${table} where step = ${tile.step}::integer and ${within(sql, tile)}`,
    ),
    ...edges.map((edge) => sql`select ${ofRow} from ${of} where ${within(sql, edge)} and ${where}`),
  ];
  // In an object: a fragment alone would be run by `await`.
  return { from: sql`(${joined(sql, sources, sql` union all `)})`, edges };
}
