import { randomFillSync } from 'node:crypto';
import type { ContextFields } from '../context.ts';

/** Values from outside: only what is surely an id is taken, everything else is replaced by a new one. */
const ID = /^[\w.:/+=@~-]{1,128}$/;
/** https://www.w3.org/TR/trace-context/ : version, trace id, span id, flags; a later version may add more. */
const TRACEPARENT =
  /^(?:00|(?!ff)[0-9a-f]{2}(?=.{53}(?:-|$)))-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})/;
const TRACEPARENT_CHARS = 55;
const TRACEPARENT_CHARS_MAX = 512;
/** Recorded: the caller and the called server may both keep their traces. */
const FLAGS_DEFAULT = '01';

/**
 * The ids of a request, as every line within it bears them. A trace of the sender goes on, with a span of its own here. Where
 * the sender names no correlation id, its request id is taken, else the trace id: so services that pass on `traceparent` alone
 * are one chain too. `request_id` is left out where it is the correlation id.
 */
export function requestIds(
  traceparent: string | undefined,
  requestIdSent: string | undefined,
  correlationIdSent: string | undefined,
): ContextFields {
  const trace = traceparent === undefined ? null : readTraceparent(traceparent);
  const sent = validId(requestIdSent);
  const traceId = trace?.traceId ?? randomHex(16);
  const correlationId = validId(correlationIdSent) ?? sent ?? traceId;
  const ids: ContextFields = { correlation_id: correlationId, trace_id: traceId, span_id: randomHex(8) };
  const requestId = sent ?? (correlationId === traceId ? correlationId : randomHex(16));
  if (requestId !== correlationId) ids.request_id = requestId;
  if (trace && trace.flags !== FLAGS_DEFAULT) ids.trace_flags = trace.flags;
  return ids;
}

/** The ids as headers, for the response, and for requests to other services. Of a context without ids: none. */
export function idHeaders(ids: ContextFields): [name: string, value: string][] {
  const headers: [string, string][] = [];
  const { correlation_id: correlationId, request_id: requestId = correlationId } = ids;
  const traceparent = `00-${ids.trace_id}-${ids.span_id}-${ids.trace_flags ?? FLAGS_DEFAULT}`;
  // The application may have put something else into the context.
  if (TRACEPARENT.test(traceparent)) headers.push(['traceparent', traceparent]);
  if (typeof requestId === 'string' && ID.test(requestId)) headers.push(['x-request-id', requestId]);
  if (typeof correlationId === 'string' && ID.test(correlationId)) headers.push(['x-correlation-id', correlationId]);
  return headers;
}

const validId = (text: string | undefined): string | undefined =>
  text !== undefined && ID.test(text) ? text : undefined;

function readTraceparent(text: string): { traceId: string; flags: string } | null {
  if (text.length > TRACEPARENT_CHARS_MAX || (text.startsWith('00') && text.length !== TRACEPARENT_CHARS)) return null;
  const [, traceId, flags] = TRACEPARENT.exec(text) ?? [];
  return traceId && flags ? { traceId, flags } : null;
}

const random = Buffer.alloc(4_096);
let taken = random.length;

/** Random bytes are made many at once: one call for each id would cost more than all else that a request needs here. */
function randomHex(bytes: number): string {
  if (taken + bytes > random.length) {
    randomFillSync(random);
    taken = 0;
  }
  taken += bytes;
  return random.toString('hex', taken - bytes, taken);
}
