import { type CallOptions, type CallRecord, openCall } from './call-record.ts';
import { createEventReader } from './event-stream.ts';
import { createFailedAttempts } from './failed-attempts.ts';
import { apiOf, hasFailed, type ProviderApi, parametersOf, providerError } from './provider-api.ts';

type Fetch = typeof globalThis.fetch;

/** A longer body passes unread: its call is recorded without tokens. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Of what a stream answered, where `content` is set. */
const OUTPUT_CHARS_MAX = 256 * 1024;
/** The SDK's timer has begun a little before the request. */
const TIMER_SLACK_MS = 50;

interface ObservedOptions extends CallOptions {
  /** The time limit of the SDK's client. */
  timeoutMs?: number | undefined;
}

/**
 * The same `fetch`, with a record for each call to a model. The SDKs retry by calling `fetch` again, so each attempt is a
 * record. Requests and responses pass unchanged, at the speed at which the application reads them.
 */
export function observedFetch(fetch: Fetch, { timeoutMs, ...options }: ObservedOptions): Fetch {
  const attempts = createFailedAttempts();
  return async (resource, init) => {
    const startedAt = performance.now();
    const url = urlOf(resource);
    const api = url && apiOf(url.pathname);
    const body = typeof init?.body === 'string' ? init.body : undefined;
    const asked = body === undefined ? undefined : jsonOf(body);
    if (!api || body === undefined || asked === undefined) return fetch(resource, init);
    const headers = new Headers(init?.headers);
    const attempt = Number(headers.get('x-stainless-retry-count') ?? 0) + 1;
    const correlationId = attempts.chainOf(url.href, body, attempt);
    const call = openCall({
      ...options,
      provider: options.provider ?? url.hostname,
      operation: api.operation,
      model: typeof asked.model === 'string' ? asked.model : undefined,
      parameters: parametersOf(asked),
      input: api.input(asked),
      correlationId,
      attempt: attempt > 1 ? attempt : undefined,
    });
    let response: Response;
    try {
      response = await fetch(resource, init);
    } catch (error) {
      attempts.failed(url.href, body, correlationId);
      const aborted = init?.signal?.aborted === true;
      const limitMs = 1000 * Number(headers.get('x-stainless-timeout') ?? 0) || timeoutMs;
      const isTimeout = aborted && limitMs !== undefined && performance.now() - startedAt >= limitMs - TIMER_SLACK_MS;
      call.end(isTimeout ? { error: timeoutError(limitMs) } : { error, aborted });
      throw error;
    }
    if (!response.ok) attempts.failed(url.href, body, correlationId);
    if (!canBeRead(response)) return unread(response, call);
    return response.ok ? observed(response, response.body, api, call, init?.signal) : failed(response, call);
  };
}

/** The SDKs abort their own requests when the time is over: only the time tells that from an abort by the application. */
const timeoutError = (limitMs: number): DOMException =>
  new DOMException(`no response within ${limitMs} ms, the time limit of the client`, 'TimeoutError');

/** A body of another kind, as older implementations of `fetch` have it, cannot be passed on; nor can every status. */
const canBeRead = (response: Response): response is Response & { body: ReadableStream<Uint8Array> } =>
  response.body instanceof ReadableStream && response.status >= 200 && response.status < 600;

function unread(response: Response, call: CallRecord): Response {
  call.end(response.ok ? {} : { error: providerError(response.status, undefined) });
  return response;
}

/** The SDKs do not read the body of a response that they retry after; it says what was wrong. It is short. */
async function failed(response: Response, call: CallRecord): Promise<Response> {
  const body = await response.text().catch(() => '');
  call.end({ error: providerError(response.status, jsonOf(body)) });
  return withBody(response, body);
}

function withBody(response: Response, body: string | ReadableStream<Uint8Array>): Response {
  const same = new Response(body, response);
  Object.defineProperty(same, 'url', { value: response.url });
  return same;
}

function urlOf(resource: Parameters<Fetch>[0]): URL | null {
  return URL.parse(resource instanceof Request ? resource.url : String(resource));
}

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null && !Array.isArray(read)
      ? (read as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The response with a body that is read on its way to the application. */
function observed(
  response: Response,
  body: ReadableStream<Uint8Array>,
  api: ProviderApi,
  call: CallRecord,
  signal: AbortSignal | null | undefined,
): Response {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const reading = isStream ? readStream(api, call) : readWhole(api, call);
  const reader = body.getReader();
  const passed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          reading.end();
          controller.close();
        } else {
          quietly(() => reading.chunk(value));
          controller.enqueue(value);
        }
      } catch (error) {
        reading.broken({ error, aborted: signal?.aborted === true });
        controller.error(error);
      }
    },
    cancel(reason) {
      const error = reason ?? new DOMException('The stream was left before its end.', 'AbortError');
      reading.broken({ error, aborted: true });
      return reader.cancel(reason);
    },
  });
  return withBody(response, passed);
}

interface Reading {
  chunk(bytes: Uint8Array): void;
  end(): void;
  /** The rest does not come, or nobody wants it. */
  broken(outcome: { error: unknown; aborted: boolean }): void;
}

function readStream(api: ProviderApi, call: CallRecord): Reading {
  let output = '';
  /** The model has said why it ends: a reader that leaves now has the whole answer. */
  let isAnswered = false;
  const end: CallRecord['end'] = (outcome) => {
    if (output !== '') call.facts({ output });
    call.end(outcome);
  };
  const read = createEventReader((data) => {
    const event = jsonOf(data);
    if (!event) return;
    const { isToken, text, ...facts } = api.event(event);
    if (isToken) call.firstToken();
    if (text && output.length < OUTPUT_CHARS_MAX) output += text;
    isAnswered ||= facts.finishReasons !== undefined;
    call.facts(facts);
    if (hasFailed(event)) end({ error: providerError(200, event) });
  });
  return { chunk: read, end, broken: (outcome) => end(isAnswered && outcome.aborted ? {} : outcome) };
}

function readWhole(api: ProviderApi, call: CallRecord): Reading {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    chunk(chunk) {
      bytes += chunk.length;
      if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
      else chunks.length = 0;
    },
    end() {
      const body = jsonOf(Buffer.concat(chunks).toString());
      quietly(() => body && call.facts(api.response(body)));
      call.end(body && hasFailed(body) ? { error: providerError(200, body) } : {});
    },
    broken: call.end,
  };
}

/** What a provider sends is not ours: a part that cannot be read is left out of the record. */
function quietly(read: () => void): void {
  try {
    read();
  } catch {}
}
