import { CopyEncoder } from '../../db/row/copy-encoder.ts';
import type { Arrival } from '../../log/record.ts';
import type { ReadLine } from '../../log-file/entries/entry.ts';
import type { Defaults } from '../defaults.ts';
import type { LineReader } from './line-reader.ts';

// NDJSON is what senders send most. Its lines become rows of COPY data without an object or a string for each value:
// - line-scan.ts walks over the bytes of a line (json-bytes.ts): its keys are a path through a tree (key-path.ts), its values are
//   places.
// - plan.ts says once for each path what becomes of the values: it asks the same names as `draftFromJson`.
// - line-reader.ts copies the values into a row, which `EncodedRecord` holds.
// What one of them is not sure of, it leaves: the line is read as text, by the way of all other formats. So the lane is faster, and
// never says something else. `test/property/lane.test.ts` compares both.

/** Rows that lie in one buffer, about. It stays as long as one of its records. */
const ROWS_BYTES_MAX = 112 * 1024;
const ROWS_BYTES = 128 * 1024;
/** The first buffer has room for one row: most bodies have few records. It grows as needed. */
const ROW_BYTES = 1024;

/**
 * A reader of the lines of one body. `reader` and `arrival` are asked for each line: what the server adds may change within a body.
 * @see ReadLine
 */
export function createLane(reader: () => LineReader, arrival: () => Arrival, defaults: Defaults): ReadLine {
  let rows: CopyEncoder | undefined;
  return (bytes, from, to, at) => {
    rows ??= new CopyEncoder(ROW_BYTES + to - from);
    if (rows.length > ROWS_BYTES_MAX) rows = new CopyEncoder(ROWS_BYTES);
    return reader().read({ bytes, from, to, at }, rows, { arrival: arrival(), defaults });
  };
}
