import type { Draft } from '../../../log/record.ts';
import type { Rejection } from '../../../log/rejection.ts';
import { shown } from '../../../log/shown.ts';
import type { Entry } from '../../../log-file/entries/entry.ts';
import { draftOfSpan } from './llm-span.ts';
import { itemTooLarge, RECORDS_BYTES_MAX, TOO_LARGE, type TooLarge, tooMuch } from './telemetry/limits.ts';
import { type From, PAUSE, type Pause, type Span } from './telemetry/telemetry.ts';

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/**
 * The records of the spans that tell of model calls; `skipped` is called for each other span. A piece has at most one entry, so
 * that other work can run after each span.
 */
export function* spanEntries(
  spans: Iterable<From<Span | TooLarge> | Pause>,
  skipped: () => void,
): Generator<readonly Entry[]> {
  let at = 0;
  let bytes = 0;
  for (const found of spans) {
    if (found === PAUSE) {
      yield NONE;
      continue;
    }
    at++;
    const { item, resource, scope } = found;
    if (item === TOO_LARGE) {
      yield [itemTooLarge(at, 'span')];
      continue;
    }
    const draft = draftOfSpan({ item, resource, scope });
    if (draft === null) {
      skipped();
      yield NONE;
      continue;
    }
    const size = item.size + resource.size + scope.size;
    bytes += size;
    if (bytes > RECORDS_BYTES_MAX) throw tooMuch();
    yield [problemOf(item, draft, at) ?? { at, size, draft }];
  }
}

const NONE: readonly Entry[] = [];

/** A record's uid follows from the ids of its span, so that a repeated export is stored once: without them there is no record. */
function problemOf({ traceId, spanId }: Span, { timestamp }: Draft, at: number): Rejection | undefined {
  if (!TRACE_ID.test(traceId)) {
    return {
      at,
      code: 'INVALID_TRACE_ID',
      reason: `traceId: expected 32 hex digits, not all 0, got ${shown(traceId)}`,
    };
  }
  if (!SPAN_ID.test(spanId)) {
    return { at, code: 'INVALID_SPAN_ID', reason: `spanId: expected 16 hex digits, not all 0, got ${shown(spanId)}` };
  }
  if (timestamp) return undefined;
  const reason = 'startTimeUnixNano: expected nanoseconds since 1970, up to the year 9999, got none of these';
  return { at, code: 'TIMESTAMP_REQUIRED', reason };
}
