import { bytesOf, type JsonSlice } from '../../log/json-walk.ts';
import { TOO_LARGE, type TooLarge } from '../telemetry/limits.ts';
import { type From, PAUSE, type Pause, type Span, type SpanEvent } from '../telemetry/telemetry.ts';
import { createValueCount, TooManyValues, type ValueCount } from '../telemetry/value-count.ts';
import { attributesOf } from './attributes.ts';
import { jsonItems } from './items.ts';
import { enumOf, idOf, integerOf, listOf, type Members, member, objectOf, parsed, textOf } from './members.ts';

const NAMES = {
  ofResource: ['resourceSpans', 'resource_spans'],
  ofScope: ['scopeSpans', 'scope_spans'],
  items: ['spans'],
};

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);
const STATUSES = ['UNSET', 'OK', 'ERROR'].map((code) => `STATUS_CODE_${code}`);

/**
 * The spans of a request in OTLP's JSON. @throws BodyRejected the text is no such request, or it is too large
 */
export function* jsonSpans(body: Buffer): Generator<From<Span | TooLarge> | Pause> {
  for (const found of jsonItems(body, NAMES)) {
    yield found === PAUSE ? PAUSE : { ...found, item: spanOf(body, found.item) };
  }
}

function spanOf(body: Buffer, slice: JsonSlice): Span | TooLarge {
  try {
    const count = createValueCount();
    const span = decodedSpan(parsed(body, slice), count);
    span.size = count.sizeOf(bytesOf(slice));
    return span;
  } catch (error) {
    if (error instanceof TooManyValues) return TOO_LARGE;
    throw error;
  }
}

function decodedSpan(span: Members, count: ValueCount): Span {
  const status = objectOf(member(span, 'status') ?? {}, 'as status');
  return {
    traceId: idOf(member(span, 'traceId', 'trace_id'), 'traceId'),
    spanId: idOf(member(span, 'spanId', 'span_id'), 'spanId'),
    parentSpanId: idOf(member(span, 'parentSpanId', 'parent_span_id'), 'parentSpanId'),
    name: textOf(member(span, 'name'), 'name'),
    kind: enumOf(member(span, 'kind'), KINDS, 'kind'),
    start: integerOf(member(span, 'startTimeUnixNano', 'start_time_unix_nano'), 'startTimeUnixNano'),
    end: integerOf(member(span, 'endTimeUnixNano', 'end_time_unix_nano'), 'endTimeUnixNano'),
    attributes: attributesOf(member(span, 'attributes'), count),
    events: listOf(member(span, 'events'), 'events').map((event) => eventOf(event, count)),
    status: {
      code: enumOf(member(status, 'code'), STATUSES, 'status.code'),
      message: textOf(member(status, 'message'), 'status.message'),
    },
    size: 0,
  };
}

function eventOf(value: unknown, count: ValueCount): SpanEvent {
  const event = objectOf(value, 'in events');
  count.add();
  return {
    time: integerOf(member(event, 'timeUnixNano', 'time_unix_nano'), 'timeUnixNano'),
    name: textOf(member(event, 'name'), 'event.name'),
    attributes: attributesOf(member(event, 'attributes'), count),
  };
}
