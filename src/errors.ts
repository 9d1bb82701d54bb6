/**
 * The errors that a client may see. Each class says here, and only here, what it is over HTTP and GraphQL: a stable `code`,
 * an HTTP `status` and `headers`, and GraphQL `extensions` beside the code. The message says what was expected, what came
 * and what to do. Any other error is an `Internal` one to the client, and its details go to the log.
 */
export abstract class WeirError extends Error {
  abstract readonly code: string;
  /** Of a response that is this error alone. */
  readonly status: number = 500;
  override get name() {
    return this.constructor.name;
  }
  get headers(): Record<string, string> {
    return {};
  }
  get extensions(): Record<string, unknown> {
    return {};
  }
}

/** An argument, field or body that cannot be used. */
export class BadUserInput extends WeirError {
  readonly code: string = 'BAD_USER_INPUT';
  override readonly status: number = 400;
}

/** A text that is not in the search language. `column` counts characters from 1. */
export class QuerySyntax extends WeirError {
  readonly code = 'QUERY_SYNTAX';
  override readonly status = 400;
  readonly column: number;
  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
  override get extensions() {
    return { column: this.column };
  }
}

export class QueryTooComplex extends WeirError {
  readonly code = 'QUERY_TOO_COMPLEX';
  override readonly status = 400;
  /** yoga reads `http`. `spec`: the status is 200 for a client that accepts only `application/json`, as GraphQL over HTTP says. */
  override get extensions() {
    return { http: { status: this.status, spec: true } };
  }
}

export class QueryTimeout extends WeirError {
  readonly code = 'QUERY_TIMEOUT';
  override readonly status = 504;
}

/** The client has gone, so nobody reads this error. */
export class QueryCanceled extends WeirError {
  readonly code = 'QUERY_CANCELED';
}

/** Not a cursor, or a cursor of another database. */
export class CursorInvalid extends WeirError {
  readonly code = 'CURSOR_INVALID';
  override readonly status = 400;
}

/** A tail cursor whose next batches are deleted. */
export class CursorExpired extends WeirError {
  readonly code = 'CURSOR_EXPIRED';
  override readonly status = 410;
}

const DATABASE_RETRY_SECONDS = 5;

export class DatabaseUnavailable extends WeirError {
  readonly code = 'DATABASE_UNAVAILABLE';
  override readonly status = 503;
  override get headers() {
    return { 'retry-after': String(DATABASE_RETRY_SECONDS) };
  }
}

/** Records of the time that is asked for are in the archive, and it cannot be read. */
export class ArchiveUnavailable extends WeirError {
  readonly code = 'ARCHIVE_UNAVAILABLE';
  override readonly status = 503;
}

/** A limit is reached, or the server is closing. The same request may succeed later. */
export class Overloaded extends WeirError {
  readonly code = 'OVERLOADED';
  override readonly status: 429 | 503 = 503;
  readonly retryAfterSeconds: number;
  constructor(message: string, retryAfterSeconds = 1) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
  override get headers() {
    return { 'retry-after': String(Math.ceil(this.retryAfterSeconds)) };
  }
  override get extensions() {
    return { retryAfterSeconds: this.retryAfterSeconds };
  }
}

/** The client sends more than it may. */
export class RateLimited extends Overloaded {
  override readonly status = 429;
}

/** An idempotency key that was used before with other records. */
export class IdempotencyConflict extends BadUserInput {
  override readonly code = 'IDEMPOTENCY_CONFLICT';
  override readonly status = 422;
}

/** An export ends before it has all. The client sees a broken connection, or this error if no byte has been sent. */
export class ExportCut extends WeirError {
  readonly code = 'EXPORT_CUT';
  override readonly status = 503;
}

/** The program cannot start. The terminal shows the message without a stack trace. */
export class CannotStart extends WeirError {
  readonly code = 'CANNOT_START';
}

/** A body that is rejected as a whole, before any of its records is stored. */
export class BodyRejected extends WeirError {
  override readonly status: 400 | 413 | 415;
  readonly code: string;
  constructor(status: 400 | 413 | 415, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** The client accepts no type that the server can give. */
export class NotAcceptable extends WeirError {
  readonly code = 'NOT_ACCEPTABLE';
  override readonly status = 406;
}

/** The client sent the hash of a document instead of its text. Clients know this message and code, and send the text. */
export class PersistedQueryNotSupported extends WeirError {
  readonly code = 'PERSISTED_QUERY_NOT_SUPPORTED';
  constructor() {
    super('PersistedQueryNotSupported');
  }
  override get extensions() {
    return { http: { status: 200 } };
  }
}

/** Bytes that are not an HTTP request, or not a GraphQL request. 408: it was too slow; 431: its headers are too large. */
export class BadRequest extends WeirError {
  readonly code = 'BAD_REQUEST';
  override readonly status: 400 | 408 | 431;
  constructor(message: string, status: 400 | 408 | 431 = 400) {
    super(message);
    this.status = status;
  }
  override get extensions() {
    return { http: { status: this.status } };
  }
}

export class RouteNotFound extends WeirError {
  readonly code = 'NOT_FOUND';
  override readonly status = 404;
}

export class MethodNotAllowed extends WeirError {
  readonly code = 'METHOD_NOT_ALLOWED';
  override readonly status = 405;
  readonly allowed: string;
  constructor(message: string, allowed: string) {
    super(message);
    this.allowed = allowed;
  }
  override get headers() {
    return { allow: this.allowed };
  }
}

/** A page of an origin that may not use this server. */
export class OriginNotAllowed extends WeirError {
  readonly code = 'ORIGIN_NOT_ALLOWED';
  override readonly status = 403;
}

/** The client addressed this server by a name that an attacker could have pointed at it. */
export class HostNotAllowed extends WeirError {
  readonly code = 'HOST_NOT_ALLOWED';
  override readonly status = 421;
}

/** No API key came, or it does not hold (any more). */
export class Unauthenticated extends WeirError {
  readonly code = 'UNAUTHENTICATED';
  override readonly status = 401;
  /** `Bearer` alone: after `Basic` a browser would ask for a password and send it with every request, from any page. */
  override get headers() {
    return { 'www-authenticate': 'Bearer' };
  }
}

/** The caller may not use this field or route. The message says what is missing; `right`: the right, if it is one. */
export class Forbidden extends WeirError {
  readonly code = 'FORBIDDEN';
  override readonly status = 403;
  readonly right: string | undefined;
  constructor(message: string, right?: string) {
    super(message);
    this.right = right;
  }
  override get extensions() {
    return this.right === undefined ? {} : { right: this.right };
  }
}

/** A server on loopback without AUTH got a request that came through a proxy, or by another name. */
export class AuthNotSet extends WeirError {
  readonly code = 'AUTH_NOT_SET';
  override readonly status = 403;
}

/** Too many wrong keys came from one address. */
export class TooManyAttempts extends WeirError {
  readonly code = 'TOO_MANY_ATTEMPTS';
  override readonly status = 429;
  override get headers() {
    return { 'retry-after': '60' };
  }
}

/** What a client sees of any error that is not a `WeirError`. */
export class Internal extends WeirError {
  readonly code = 'INTERNAL';
  constructor() {
    super('the server failed; its log has the details');
  }
}
