import type { NewRecord } from '../../log/record.ts';
import { CopyEncoder } from '../row/copy-encoder.ts';
import { EncodedRecord } from '../row/encoded-record.ts';
import { BATCH_ID_AT, writeRow } from '../row/row.ts';

/** A chunk ends with the record that takes it past this. Chunks of 32 to 256 KiB cost the same. */
const CHUNK_BYTES = 112 * 1024;
/** Room for a chunk and the end of its last record, so that few buffers grow. */
const BUFFER_BYTES = 128 * 1024;
/** A guess, for the buffer of a few records. */
const RECORD_BYTES = 1024;

/**
 * The records as binary COPY data: `copy ... (COPY_COLUMNS) from stdin (format binary)`. Each chunk is encoded while PostgreSQL
 * reads the chunk before. A record contains no NUL and no lone surrogate (`storableText` removed them), so every text is valid.
 */
export function* copyData(records: readonly NewRecord[], batchId: number): Generator<Buffer> {
  const bytes = Math.min(BUFFER_BYTES, (records.length + 1) * RECORD_BYTES);
  let chunk = new CopyEncoder(bytes);
  chunk.header();
  for (let at = 0; at < records.length; ) {
    if (chunk.length > CHUNK_BYTES) {
      yield chunk.end();
      chunk = new CopyEncoder(bytes);
    }
    const record = records[at]!;
    if (record instanceof EncodedRecord) at = takeRun(chunk, records, at, batchId);
    else {
      writeRow(chunk, record, batchId);
      at++;
    }
  }
  chunk.trailer();
  yield chunk.end();
}

/**
 * Writes encoded records whose rows follow each other, in one piece, until the chunk is full. Their rows get the batch's id: only now is
 * it known. Returns the place of the next record.
 */
function takeRun(chunk: CopyEncoder, records: readonly NewRecord[], first: number, batchId: number): number {
  const { rows, from } = records[first] as EncodedRecord;
  const high = Math.floor(batchId / 2 ** 32);
  const low = batchId >>> 0;
  let to = from;
  let next = first;
  for (; next < records.length && chunk.length + to - from <= CHUNK_BYTES; next++) {
    const record = records[next]!;
    if (!(record instanceof EncodedRecord) || record.rows !== rows || record.from !== to) break;
    rows.writeUInt32BE(high, to + BATCH_ID_AT);
    rows.writeUInt32BE(low, to + BATCH_ID_AT + 4);
    to = record.to;
  }
  chunk.rows(rows, from, to);
  return next;
}
