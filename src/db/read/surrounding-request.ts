import type { SURROUNDING_FIELDS } from '../../log/fields.ts';
import type { LogRecord } from '../../log/record.ts';

export type SurroundingField = keyof typeof SURROUNDING_FIELDS;

export interface SurroundingRequest {
  record: LogRecord;
  /** Records at most on each side, without the record itself. */
  before: number;
  after: number;
  /** Only records with the same values in these fields; null equals null. */
  by: readonly SurroundingField[];
  /** The largest distance in time on each side, inclusive. */
  withinMs: number;
}
