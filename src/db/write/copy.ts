import { levelIndex } from '../../log/level.ts';
import type { NewRecord } from '../../log/record.ts';
import { COLUMNS } from '../schema/columns.ts';
import { CopyEncoder } from './copy-encoder.ts';

/** A chunk ends with the record that takes it past this. Chunks of 32 to 256 KiB cost the same. */
const CHUNK_BYTES = 112 * 1024;
/** Room for a chunk and the end of its last record, so that few buffers grow. */
const BUFFER_BYTES = 128 * 1024;
/** A guess, for the buffer of a few records. */
const RECORD_BYTES = 1024;

/** `batch_id` and `level` come first: Weir sets them, not the sender. */
const COPIED = ['batch_id', 'level', ...COLUMNS];
export const COPY_COLUMNS = COPIED.join(', ');

/** One row of COPY: each field as the type of its column, in the order of `COPY_COLUMNS`. */
function writeRow(row: CopyEncoder, r: NewRecord, batchId: number): void {
  row.row(COPIED.length);
  row.int8(batchId);
  row.int2(levelIndex(r.severityNumber));
  row.timestamptz(r.timestamp);
  row.uuid(r.uid);
  row.timestamptz(r.receivedAt);
  row.int2(r.severityNumber);
  row.text(r.message);
  row.text(r.service);
  row.text(r.component);
  row.text(r.action);
  row.text(r.host);
  row.text(r.environment);
  row.text(r.deploymentVersion);
  row.text(r.correlationId);
  row.text(r.traceId);
  row.text(r.spanId);
  row.text(r.pipelineId);
  row.text(r.userId);
  row.float8(r.durationMs);
  row.text(r.errorType);
  row.text(r.stackTrace);
  row.text(r.httpMethod);
  row.text(r.httpPath);
  row.int4(r.httpStatus);
  row.text(r.httpUserAgent);
  row.text(r.httpClientIp);
  row.jsonb(JSON.stringify(r.attributes));
}

/**
 * The records as binary COPY data: `copy ... (COPY_COLUMNS) from stdin (format binary)`. Each chunk is encoded while PostgreSQL
 * reads the chunk before. A record contains no NUL and no lone surrogate (`storableText` removed them), so every text is valid.
 */
export function* copyData(records: readonly NewRecord[], batchId: number): Generator<Buffer> {
  const bytes = Math.min(BUFFER_BYTES, (records.length + 1) * RECORD_BYTES);
  let chunk = new CopyEncoder(bytes);
  chunk.header();
  for (const record of records) {
    if (chunk.length > CHUNK_BYTES) {
      yield chunk.end();
      chunk = new CopyEncoder(bytes);
    }
    writeRow(chunk, record, batchId);
  }
  chunk.trailer();
  yield chunk.end();
}
