import { ITEM_BYTES_MAX, TOO_LARGE, type TooLarge } from '../../../../otlp/telemetry/limits.ts';
import {
  blankSpan,
  type From,
  PAUSE,
  type Pause,
  type Span,
  type SpanEvent,
} from '../../../../otlp/telemetry/telemetry.ts';
import { createValueCount, TooManyValues, type ValueCount } from '../../../../otlp/telemetry/value-count.ts';
import { Fields, type Slice } from '../../protobuf/wire.ts';
import { addAttribute } from './attributes.ts';
import { protobufItems } from './items.ts';

/**
 * The spans of an `ExportTraceServiceRequest`. Field numbers: opentelemetry-proto, `trace/v1/trace.proto`.
 * @throws BodyRejected the bytes are no such message, or it is too large
 */
export function* protobufSpans(body: Buffer): Generator<From<Span | TooLarge> | Pause> {
  for (const found of protobufItems(body)) {
    yield found === PAUSE ? PAUSE : { ...found, item: spanOf(body, found.item) };
  }
}

function spanOf(body: Buffer, slice: Slice): Span | TooLarge {
  if (slice.end - slice.from > ITEM_BYTES_MAX) return TOO_LARGE;
  try {
    const count = createValueCount();
    const span = decodedSpan(new Fields(body, slice.from, slice.end), count);
    span.size = count.sizeOf(slice.end - slice.from);
    return span;
  } catch (error) {
    if (error instanceof TooManyValues) return TOO_LARGE;
    throw error;
  }
}

function decodedSpan(fields: Fields, count: ValueCount): Span {
  const span = blankSpan();
  while (fields.next()) {
    if (fields.number === 1) span.traceId = fields.bytes('hex');
    else if (fields.number === 2) span.spanId = fields.bytes('hex');
    else if (fields.number === 4) span.parentSpanId = fields.bytes('hex');
    else if (fields.number === 5) span.name = fields.text();
    else if (fields.number === 6) span.kind = fields.int32();
    else if (fields.number === 7) span.start = fields.fixed64();
    else if (fields.number === 8) span.end = fields.fixed64();
    else if (fields.number === 9) addAttribute(span.attributes, fields, count);
    else if (fields.number === 11) span.events.push(eventOf(fields.fields(), count));
    else if (fields.number === 15) span.status = statusOf(fields.fields());
  }
  return span;
}

function eventOf(fields: Fields, count: ValueCount): SpanEvent {
  const event: SpanEvent = { time: 0n, name: '', attributes: {} };
  count.add();
  while (fields.next()) {
    if (fields.number === 1) event.time = fields.fixed64();
    else if (fields.number === 2) event.name = fields.text();
    else if (fields.number === 3) addAttribute(event.attributes, fields, count);
  }
  return event;
}

function statusOf(fields: Fields): Span['status'] {
  const status = { code: 0, message: '' };
  while (fields.next()) {
    if (fields.number === 2) status.message = fields.text();
    else if (fields.number === 3) status.code = fields.int32();
  }
  return status;
}
