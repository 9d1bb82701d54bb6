import { performance } from 'node:perf_hooks';
import { type ContextFields, inContext, isContext } from '../context.ts';
import { requestIds } from './request-ids.ts';
import type { RequestLog } from './request-log.ts';
import { bounded, levelOf, requestRecord } from './request-record.ts';

/** What is needed of a request, whichever object the framework has for it. */
export interface Incoming {
  method: string;
  /** With the query. */
  url: string;
  remoteAddress: string | undefined;
  header(name: string): string | undefined;
}

export interface Outcome {
  status: number;
  bytesSent: number | undefined;
  isAborted: boolean;
}

const HEADER_CHARS_MAX = 1_024;

/** A request from its start to its record. */
export class Exchange<Request> {
  /** The ids, as every line within the request bears them. */
  readonly ids: ContextFields;
  /** Gives the template of the path, such as `/orders/:id`: a framework knows it at the end only. */
  routeOf: (() => string | undefined) | undefined;
  error: unknown;
  /** The request failed, whatever its status says: GraphQL answers 200 for errors too. */
  isFailed = false;
  /** Fields that an adapter adds to the record. */
  more: Record<string, unknown> | undefined;
  readonly #log: RequestLog<Request>;
  readonly #incoming: Incoming;
  readonly #request: Request;
  readonly #startedAt = performance.now();

  constructor(log: RequestLog<Request>, incoming: Incoming, request: Request) {
    this.#log = log;
    this.#incoming = incoming;
    this.#request = request;
    this.ids = requestIds(
      incoming.header('traceparent'),
      incoming.header('x-request-id'),
      incoming.header('x-correlation-id'),
    );
  }

  /** Writes the record. Never throws: neither a logger nor a function of the options may end a request. */
  end(outcome: Outcome): void {
    try {
      const path = withoutQuery(this.#incoming.url);
      if (!this.#log.isLogged(path)) return;
      // A pipeline that happened to end the response must not add its fields.
      if (isContext(this.ids)) this.#write(path, outcome);
      else inContext(this.ids, () => this.#write(path, outcome));
    } catch {
      // The logger is what failed, so there is no place to tell it.
    }
  }

  #write(path: string, { status, bytesSent, isAborted }: Outcome): void {
    const { log, slowMs, component, clientIp } = this.#log;
    const { method, remoteAddress, header } = this.#incoming;
    const durationMs = performance.now() - this.#startedAt;
    const record = requestRecord(component, this.ids, {
      method,
      path,
      route: attempt(this.routeOf),
      status,
      durationMs,
      bytesSent,
      userAgent: header('user-agent'),
      clientIp: clientIp(remoteAddress, () => header('x-forwarded-for')),
      userId: attempt(() => this.#log.userId(this.#request)),
      headers: this.#headers(),
      error: this.error,
      isSlow: durationMs >= slowMs,
      isAborted,
    });
    const { more } = this;
    if (more) Object.assign(record, more);
    log[this.isFailed ? 'error' : levelOf(status)](record, `${method} ${record.http.path} ${status}`);
  }

  #headers(): Record<string, string> | undefined {
    const { headers } = this.#log;
    if (headers.length === 0) return undefined;
    const values: Record<string, string> = {};
    for (const name of headers) {
      const value = this.#incoming.header(name);
      if (value !== undefined) values[name] = bounded(value, HEADER_CHARS_MAX);
    }
    return values;
  }
}

/** A function of the application that fails costs its value, not the record. */
function attempt<Value>(call: (() => Value) | undefined): Value | undefined {
  try {
    return call?.();
  } catch {
    return undefined;
  }
}

function withoutQuery(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? url : url.slice(0, at);
}

const EXCHANGE = Symbol('the exchange of a request');

/** The exchange of a request that is logged already: a framework inside another one writes no second record. */
export const exchangeOf = (request: object): Exchange<unknown> | undefined =>
  (request as { [EXCHANGE]?: Exchange<unknown> })[EXCHANGE];

export function setExchange<Request>(request: object, exchange: Exchange<Request>): void {
  (request as { [EXCHANGE]?: Exchange<Request> })[EXCHANGE] = exchange;
}

/** Gives the record of a request its error, where the application answers the error with a response of its own. */
export function noteError(request: object, error: unknown): void {
  const exchange = exchangeOf(request);
  if (exchange) exchange.error = error;
}
