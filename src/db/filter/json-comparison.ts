import { BIG_ABOVE, BIG_BELOW, isBigInteger, isNegative } from '../../log/big-integer.ts';
import type { Comparison } from '../../log/filter/filter.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { COMPARISONS } from './expressions.ts';

/** The comparison of a text in JSON that is named `text`, with collation "C". A big integer is a number. */
export function textComparison(sql: Sql, op: Comparison, wanted: number | string): Fragment {
  const isText = typeof wanted === 'string' && !isBigInteger(wanted);
  return isText
    ? sql`text ${COMPARISONS[op](sql)} ${wanted}::text and not (${bigPositive(sql)} or ${bigNegative(sql)})`
    : bigIntegerTest(sql, op, wanted);
}

/** The comparison of any number that is no big integer with a text. */
export const ofBigInteger = (sql: Sql, op: Comparison, wanted: string): Fragment =>
  isBigInteger(wanted) && isUpward(op) === isNegative(wanted) ? sql`true` : sql`false`;

const isUpward = (op: Comparison): boolean => op === '>' || op === '>=';

/** Big integers of the same sign are compared by length, then by digits: a cast to numeric fails above 131,072 digits. */
function bigIntegerTest(sql: Sql, op: Comparison, wanted: number | string): Fragment {
  const beyond = isUpward(op) ? bigPositive(sql) : bigNegative(sql);
  if (typeof wanted === 'number') return beyond;
  const magnitude = COMPARISONS[isNegative(wanted) ? FLIPPED[op] : op](sql);
  const onItsSide = sql`
    (${isNegative(wanted) ? bigNegative(sql) : bigPositive(sql)}
      and (length(text), text) ${magnitude} (${wanted.length}::int, ${wanted}::text))`;
  return isUpward(op) === isNegative(wanted) ? sql`(${onItsSide} or ${beyond})` : onItsSide;
}

const FLIPPED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const satisfies Record<Comparison, Comparison>;

const bigPositive = (sql: Sql): Fragment =>
  sql`(text ~ '^[1-9][0-9]{15,}$' and (length(text), text) > (${BIG_ABOVE.length}::int, ${BIG_ABOVE}::text))`;
const bigNegative = (sql: Sql): Fragment =>
  sql`(text ~ '^-[1-9][0-9]{15,}$' and (length(text), text) > (${BIG_BELOW.length}::int, ${BIG_BELOW}::text))`;
