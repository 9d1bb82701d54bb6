import { type LabelCount, type LabelCountsRequest, readLabelCounts } from '../../db/stats/label-counts.ts';
import { BadUserInput } from '../../errors.ts';
import type { Label } from '../../log/logql/labels.ts';
import type { Asked } from './answer.ts';

/** Counts of one function or answer: they are in memory together. */
export const COUNTS_MAX = 300_000;
/** Of the values of all counts of one request. */
export const VALUES_CHARACTERS_MAX = 32 * 1024 * 1024;
/** Nearly each record has its own, and it may be long. */
const LONG_FIELDS: readonly string[] = ['message', 'stackTrace'];

/** At most `limit` counts; without it, more than `COUNTS_MAX` are an error. @throws BadUserInput */
export async function countLabels(
  { sql, rows }: Pick<Asked, 'sql' | 'rows'>,
  request: Omit<LabelCountsRequest, 'limit'>,
  limit = COUNTS_MAX + 1,
): Promise<LabelCount[]> {
  for (const label of request.labels) if (isLong(label)) throw tooLong(label);
  const counts = await readLabelCounts(sql, { ...request, limit });
  if (rows.isOver) throw tooMuch(`${VALUES_CHARACTERS_MAX} characters of values`);
  if (counts.length > COUNTS_MAX) throw tooMuch(`${COUNTS_MAX} counts`);
  return counts;
}

export const tooMuch = (most: string): BadUserInput =>
  new BadUserInput(`expected at most ${most}, got more: use a longer step, a shorter time range or fewer labels`);

const isLong = (label: Label): boolean => 'field' in label && LONG_FIELDS.includes(label.field);

const tooLong = ({ name }: Label): BadUserInput =>
  new BadUserInput(`${name}: expected a label with short values, got the text of records: use another label`);
