import { CopyEncoder } from '../../db/row/copy-encoder.ts';
import type { Arrival } from '../../log/record.ts';
import type { Made } from '../../log-file/entries/entry.ts';
import type { Defaults } from '../defaults.ts';
import type { LineReader } from './line-reader.ts';

// NDJSON is what senders send most. Its lines become rows of COPY data without an object or a string for each value:
// - line-scan.ts walks over the bytes of a line: its keys are a path through a tree (key-path.ts), its values are places.
// - plan.ts says once for each path what becomes of the values: it asks the same names as `draftFromJson`.
// - line-reader.ts copies the values into a row, which `EncodedRecord` holds.
// What one of them is not sure of, it leaves: the line is read as text, by the way of all other formats. So the lane is faster, and
// never says something else. `test/property/lane.test.ts` compares both.

/** Rows that lie in one buffer, about. It stays as long as one of its records. */
const ROWS_BYTES_MAX = 112 * 1024;
const ROWS_BYTES = 128 * 1024;
/** Most bodies have few records. */
const FIRST_ROWS_BYTES = 4 * 1024;

/** Reads the lines of one body. */
export class Lane {
  /** What the server adds to the records that are made now. */
  arrival: Arrival;
  readonly #defaults: Defaults;
  readonly #reader: LineReader;
  #rows: CopyEncoder | undefined;

  constructor(reader: LineReader, arrival: Arrival, defaults: Defaults) {
    this.#reader = reader;
    this.arrival = arrival;
    this.#defaults = defaults;
  }

  /** @see ReadLine */
  read(bytes: Buffer, from: number, to: number, at: number): Made | undefined {
    this.#rows ??= new CopyEncoder(FIRST_ROWS_BYTES);
    if (this.#rows.length > ROWS_BYTES_MAX) this.#rows = new CopyEncoder(ROWS_BYTES);
    return this.#reader.read({ bytes, from, to, at }, this.#rows, { arrival: this.arrival, defaults: this.#defaults });
  }
}
