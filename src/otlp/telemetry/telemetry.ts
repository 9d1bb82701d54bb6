import type { Json, JsonObject } from '../../log/json.ts';

export interface Sized {
  /** The rough size in memory: the bytes that were sent, and what decoding makes of them. */
  size: number;
}

/** What sent the telemetry: a process and where it runs. */
export interface Resource extends Sized {
  attributes: JsonObject;
}

/** The library that made the telemetry. Empty text: not said. */
export interface Scope extends Sized {
  name: string;
  version: string;
  attributes: JsonObject;
}

export const UNKNOWN_RESOURCE: Resource = { attributes: {}, size: 0 };
export const UNKNOWN_SCOPE: Scope = { name: '', version: '', attributes: {}, size: 0 };

/** Something that happened within a span. */
export interface SpanEvent {
  /** Nanoseconds since 1970. 0: not said. */
  time: bigint;
  name: string;
  attributes: JsonObject;
}

/** A span as its sender describes it. Empty text and 0 mean: not said. */
export interface Span extends Sized {
  /** In lower case hex. */
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** `SpanKind` of OTLP. */
  kind: number;
  /** Nanoseconds since 1970. */
  start: bigint;
  end: bigint;
  attributes: JsonObject;
  events: SpanEvent[];
  status: { code: number; message: string };
}

export const blankSpan = (): Span => ({
  traceId: '',
  spanId: '',
  parentSpanId: '',
  name: '',
  kind: 0,
  start: 0n,
  end: 0n,
  attributes: {},
  events: [],
  status: { code: 0, message: '' },
  size: 0,
});

/** A log record of OTLP as its sender describes it. Empty text and 0 mean: not said. */
export interface OtlpLog extends Sized {
  /** Nanoseconds since 1970: when it happened, and when a collector saw it. */
  time: bigint;
  observedTime: bigint;
  /** `SeverityNumber` of OTLP: 1 to 24. */
  severityNumber: number;
  severityText: string;
  body: Json;
  attributes: JsonObject;
  /** In lower case hex. */
  traceId: string;
  spanId: string;
  eventName: string;
}

export const blankLog = (): OtlpLog => ({
  time: 0n,
  observedTime: 0n,
  severityNumber: 0,
  severityText: '',
  body: null,
  attributes: {},
  traceId: '',
  spanId: '',
  eventName: '',
  size: 0,
});

/** A span or log record, and what sent it. Many share the objects `resource` and `scope`. */
export interface From<Item> {
  item: Item;
  resource: Resource;
  scope: Scope;
}

/** Where a decoder has worked for a while without a result: other work may run now. */
export const PAUSE = 'pause';
export type Pause = typeof PAUSE;
