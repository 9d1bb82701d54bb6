import { type JsonObject, setBeside } from '../../../log/json.ts';
import { ERROR_SEVERITY } from '../../../log/level.ts';
import { JsonText, type LlmDraft } from '../../../log/llm-call.ts';
import type { Draft } from '../../../log/record.ts';
import { type Timestamp, timestampFromMicros } from '../../../log/time.ts';
import { uidOfSpan } from '../../../log/uid.ts';
import { fieldsOfItem, fieldsOfResource } from '../../../otlp/convention-fields.ts';
import { addSenders } from '../../../otlp/senders.ts';
import type { From, Span, SpanEvent } from '../../../otlp/telemetry/telemetry.ts';
import { takeLlm } from '../../../record-names/llm-names.ts';
import { readLlmEvents } from './llm-events.ts';

const STATUS_OK = 1;
const STATUS_ERROR = 2;
const EXCEPTION = 'exception';
const KINDS = [undefined, 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

/** The record of a span that tells of a model call. Null: it tells of none. */
export function draftOfSpan({ item: span, resource, scope }: From<Span>): Draft | null {
  const events = readLlmEvents(span.events);
  const { llm, rest } = takeLlm({ ...events.attributes, ...span.attributes });
  if (llm === null) return null;
  llm.toldAs = 'span';
  fillContent(llm, events.input, events.output);

  const exception = events.others.findLast(({ name }) => name === EXCEPTION);
  const isError = span.status.code === STATUS_ERROR || (exception !== undefined && span.status.code !== STATUS_OK);
  const item = fieldsOfItem(isError && exception ? { ...exception.attributes, ...rest } : rest);
  const process = fieldsOfResource(resource.attributes);
  const attributes = item.rest;
  if (span.parentSpanId !== '') setBeside(attributes, 'parentSpanId', span.parentSpanId);
  const kind = KINDS[span.kind];
  if (kind !== undefined) setBeside(attributes, 'spanKind', kind);
  const others = events.others.filter((event) => !isError || event !== exception);
  if (others.length > 0) setBeside(attributes, 'events', others.map(eventJson));
  addSenders(attributes, process.rest, scope);
  return {
    ...process.fields,
    ...item.fields,
    uid: uidOfSpan(span.traceId, span.spanId),
    timestamp: timestampOf(span.start || span.end),
    durationMs: durationOf(span),
    severityNumber: isError ? ERROR_SEVERITY : undefined,
    message: isError && span.status.message !== '' ? `${span.name}: ${span.status.message}` : span.name,
    action: span.name || undefined,
    component: scope.name || undefined,
    traceId: span.traceId,
    spanId: span.spanId,
    attributes,
    llm,
  };
}

/** What attributes say goes before what events say. */
function fillContent(llm: LlmDraft, input: unknown[], output: unknown[]): void {
  if (input.length > 0) llm.input ??= contentOf(input);
  if (output.length > 0) llm.output ??= contentOf(output);
}

/** A text that may be JSON is parsed later, if it is kept, where it stands alone. */
const contentOf = (parts: unknown[]): unknown =>
  parts.length === 1 && parts[0] instanceof JsonText
    ? parts[0]
    : parts.map((part) => (part instanceof JsonText ? part.text : part));

const timestampOf = (nanos: bigint): Timestamp | undefined =>
  nanos === 0n ? undefined : timestampFromMicros(nanos / 1000n);

function durationOf({ start, end }: Span): number | undefined {
  return start > 0n && end >= start ? Number(end - start) / 1e6 : undefined;
}

function eventJson({ time, name, attributes }: SpanEvent): JsonObject {
  const timestamp = timestampOf(time);
  return { name, ...(timestamp ? { timestamp } : {}), ...(Object.keys(attributes).length > 0 ? { attributes } : {}) };
}
