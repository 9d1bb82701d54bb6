import { microsOf } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { GOLDEN_RATIO, PARTS } from './slices.ts';

/**
 * Whether `ts`, of a span, is in `slicesOf(span, from, to)`, computed from the time alone: DuckDB would compare each record with each of
 * 500 slices. Numbers of the program are rounded otherwise at the bounds, but each time is in exactly one of disjoint shares.
 */
export const inSlices = (duck: Sql, span: TimeSpan, from: number, to: number): Fragment => {
  const start = microsOf(span.from);
  const length = Number(microsOf(span.to) - start);
  const at = duck`((epoch_us(ts) - ${Number(start)}::bigint)::double * ${PARTS}::double / ${length}::double)`;
  const offset = duck`((floor(${at}) * ${GOLDEN_RATIO}::double) % 1)`;
  // From the beginning of the part's slices, which go on at the beginning of the part.
  const place = duck`(${at} - floor(${at}) - ${offset} + 1) % 1`;
  return duck`(${place} >= ${from}::double and ${place} < ${to}::double)`;
};
