import { BodyRejected } from '../../errors.ts';
import { RECORD_BYTES_MAX } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';

/** Of one span, or one log record, as it was sent. */
export const ITEM_BYTES_MAX = RECORD_BYTES_MAX;
/** Keys, values and events of one span or log record. It bounds what decoding makes of few bytes. */
export const ITEM_VALUES_MAX = 100_000;
/** Spans or log records of one body, with the resources and scopes that hold them. */
export const ITEMS_MAX = 100_000;
/** Of all records of one body, as their sizes in memory are estimated: they repeat the resource and the scope. */
export const RECORDS_BYTES_MAX = 256 * 1024 * 1024;
/** Of a resource, or a scope. Each record gets a copy, so a large one would make far more of a body than was sent. */
export const SHARED_BYTES_MAX = 64 * 1024;

/** The body is not what its Content-Type says. */
export const invalid = (what: string): BodyRejected =>
  new BodyRejected(400, 'INVALID_OTLP', `${what}. Nothing after it is read`);

export const tooMany = (): BodyRejected =>
  new BodyRejected(
    413,
    'TOO_MANY_ITEMS',
    `expected at most ${ITEMS_MAX} spans or log records in a body, got more: send smaller batches`,
  );

export const tooMuch = (): BodyRejected =>
  new BodyRejected(
    413,
    'BODY_TOO_LARGE',
    `expected a body that makes at most ${RECORDS_BYTES_MAX} bytes of records, got one that makes more: send smaller batches`,
  );

export const sharedTooLarge = (what: string): BodyRejected =>
  new BodyRejected(
    413,
    'RESOURCE_TOO_LARGE',
    `expected a ${what} of at most ${SHARED_BYTES_MAX} bytes, got a larger one`,
  );

/** Instead of a span or log record that is too large: it is rejected, its neighbours are not. */
export const TOO_LARGE = 'too large';
export type TooLarge = typeof TOO_LARGE;

export const itemTooLarge = (at: number, what: 'span' | 'log record'): Rejection => ({
  at,
  code: 'TOO_LARGE',
  reason: `expected a ${what} of at most ${ITEM_BYTES_MAX} bytes and ${ITEM_VALUES_MAX} values, got a larger one`,
});
