import { BodyRejected } from '../../../errors.ts';
import { RECORD_BYTES_MAX } from '../../../log/record.ts';

/** Lines of one body, with the streams that hold them. */
export const ITEMS_MAX = 200_000;
/** Of one line with its metadata, as it was sent. */
export const LINE_BYTES_MAX = RECORD_BYTES_MAX;
/** Labels of a stream, or values in the metadata of a line. Loki itself takes 15, and 128. */
export const PAIRS_MAX = 1_000;
/** Of the labels of a stream. Each record gets a copy, so large ones would make far more of a body than was sent. */
export const LABELS_BYTES_MAX = 64 * 1024;
/** Of all records of one body, as their sizes in memory are estimated. */
export const RECORDS_BYTES_MAX = 256 * 1024 * 1024;

/** The body is not what its Content-Type says. */
export const invalid = (what: string): BodyRejected =>
  new BodyRejected(400, 'INVALID_PUSH', `${what}. Nothing after it is read`);

export const tooMany = (): BodyRejected =>
  new BodyRejected(
    413,
    'TOO_MANY_ITEMS',
    `expected at most ${ITEMS_MAX} lines in a body, got more: send smaller batches`,
  );

export const tooMuch = (): BodyRejected =>
  new BodyRejected(
    413,
    'BODY_TOO_LARGE',
    `expected a body that makes at most ${RECORDS_BYTES_MAX} bytes of records, got one that makes more: send smaller batches`,
  );
