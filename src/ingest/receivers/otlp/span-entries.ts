import type { Draft } from '../../../log/record.ts';
import type { Rejection } from '../../../log/rejection.ts';
import { shown } from '../../../log/shown.ts';
import type { Entry } from '../../../log-file/entries/entry.ts';
import type { TooLarge } from '../../../otlp/telemetry/limits.ts';
import type { From, Pause, Span } from '../../../otlp/telemetry/telemetry.ts';
import { itemEntries, NONE } from './item-entries.ts';
import { draftOfSpan } from './llm-span.ts';

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** The records of the spans that tell of model calls; `skipped` is called for each other span. */
export const spanEntries = (
  spans: Iterable<From<Span | TooLarge> | Pause>,
  skipped: () => void,
): Generator<readonly Entry[]> =>
  itemEntries(spans, 'span', (found, at, size) => {
    const draft = draftOfSpan(found);
    if (draft !== null) return [problemOf(found.item, draft, at) ?? { at, size, draft }];
    skipped();
    return NONE;
  });

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
