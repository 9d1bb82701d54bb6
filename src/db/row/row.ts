import { FIELD_NAMES, type FieldName } from '../../log/fields.ts';
import { levelIndex } from '../../log/level.ts';
import type { NewRecord } from '../../log/record.ts';
import { COLUMNS } from '../schema/columns.ts';
import type { CopyEncoder } from './copy-encoder.ts';

/** `batch_id` and `level` come first: Weir sets them, not the sender. */
const COPIED = ['batch_id', 'level', ...COLUMNS];
export const COPY_COLUMNS = COPIED.join(', ');
/** Values of a row. Those after the first two are the fields of a record, in the order of `FIELD_NAMES`. */
export const ROW_VALUES = COPIED.length;
/** Where a row has the 8 bytes of its `batch_id`: after the number of its values and the length of the first. */
export const BATCH_ID_AT = 2 + 4;
/** Where the value of the first field begins, with its length: after `batch_id` and `level`. */
export const FIELDS_AT = BATCH_ID_AT + 8 + 4 + 2;

/** One row of COPY: each field as the type of its column, in the order of `COPY_COLUMNS`. */
export function writeRow(row: CopyEncoder, r: NewRecord, batchId: number): void {
  row.row(ROW_VALUES);
  row.int8(batchId);
  row.int2(levelIndex(r.severityNumber));
  row.timestamptz(r.timestamp);
  row.uuid(r.uid);
  row.sharedTimestamptz(r.receivedAt);
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

/** The place of a field among those of a row, from 0. */
export const placeOf = (field: FieldName): number => PLACES[field];
const PLACES = Object.fromEntries(FIELD_NAMES.map((field, place) => [field, place])) as Record<FieldName, number>;
