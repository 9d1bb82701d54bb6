import type { NewRecord } from '../../log/record.ts';
import { textLiteral } from '../connection/text-literal.ts';
import type { Rollup } from './rollup.ts';
import { gapStatement, gapsOf } from './rollup-gaps.ts';

/**
 * Groups of one batch that are written as deltas. A batch with more groups writes gaps instead, which a server counts later.
 * This limits what a sender can make a batch cost: 1,000 groups took 6 ms.
 */
export const GROUPS_MAX = 1000;

/** For a batch with too many groups: these times of the rollup are counted later. */
export const gapsAt = (rollup: Rollup, records: readonly NewRecord[]): string =>
  gapStatement(rollup, gapsOf(records.map(({ timestamp }) => timestamp)));

export const nullableText = (value: string | null): string => (value === null ? 'null' : textLiteral(value));

/** A part of a group's key. Stored text contains no NUL, so two groups never have the same key. */
export const nullableKey = (value: string | null): string => (value === null ? '\0' : `\0=${value}`);
