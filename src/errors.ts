/**
 * What can go wrong and be told to whoever asked. Each class has one stable code; the message says what was expected and
 * what came. GraphQL maps them in `http/graphql-errors.ts`, HTTP in `ingest/routes.ts`; whatever is no `WeirError` is
 * masked as INTERNAL and logged.
 */
export abstract class WeirError extends Error {
  abstract readonly code: string;
  override get name() {
    return this.constructor.name;
  }
}

/** An argument, field or body that cannot be used. */
export class BadUserInput extends WeirError {
  readonly code: string = 'BAD_USER_INPUT';
}

/** The search language: `column` counts characters from 1. */
export class QuerySyntax extends WeirError {
  readonly code = 'QUERY_SYNTAX';
  readonly column: number;
  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

export class QueryTooComplex extends WeirError {
  readonly code = 'QUERY_TOO_COMPLEX';
}

export class QueryTimeout extends WeirError {
  readonly code = 'QUERY_TIMEOUT';
}

/** Whoever asked has left: nobody is told. */
export class QueryCanceled extends WeirError {
  readonly code = 'QUERY_CANCELED';
}

/** Not a cursor, or not one of this database. */
export class CursorInvalid extends WeirError {
  readonly code = 'CURSOR_INVALID';
}

/** A tail cursor whose following batches are no longer kept. */
export class CursorExpired extends WeirError {
  readonly code = 'CURSOR_EXPIRED';
}

export class DatabaseUnavailable extends WeirError {
  readonly code = 'DATABASE_UNAVAILABLE';
}

/** A bound was reached, or the server is closing: the same request may succeed later. */
export class Overloaded extends WeirError {
  readonly code = 'OVERLOADED';
  readonly retryAfterSeconds: number;
  constructor(message: string, retryAfterSeconds = 1) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** An idempotency key that was used before for other records. */
export class IdempotencyConflict extends BadUserInput {
  override readonly code = 'IDEMPOTENCY_CONFLICT';
}

/** The program cannot start: one sentence for the terminal, no stack trace. */
export class CannotStart extends WeirError {
  readonly code = 'CANNOT_START';
}

/** A request body that cannot be read. */
export class BodyRejected extends WeirError {
  readonly status: 400 | 413 | 415;
  readonly code: string;
  constructor(status: 400 | 413 | 415, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}
