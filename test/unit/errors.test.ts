import { expect, test } from 'vitest';
import * as errors from '../../src/errors.ts';

/** Each class with its code and status, what HTTP has as headers, and what GraphQL has as extensions. */
const TABLE: [errors.WeirError, string, number, object, object][] = [
  [new errors.BadUserInput('x'), 'BAD_USER_INPUT', 400, {}, {}],
  [new errors.QuerySyntax('x', 7), 'QUERY_SYNTAX', 400, {}, { column: 7 }],
  [new errors.QueryTooComplex('x'), 'QUERY_TOO_COMPLEX', 400, {}, { http: { status: 400, spec: true } }],
  [new errors.QueryTimeout('x'), 'QUERY_TIMEOUT', 504, {}, {}],
  [new errors.QueryCanceled('x'), 'QUERY_CANCELED', 500, {}, {}],
  [new errors.CursorInvalid('x'), 'CURSOR_INVALID', 400, {}, {}],
  [new errors.CursorExpired('x'), 'CURSOR_EXPIRED', 410, {}, {}],
  [new errors.ArchiveUnavailable('x'), 'ARCHIVE_UNAVAILABLE', 503, {}, {}],
  [new errors.DatabaseUnavailable('x'), 'DATABASE_UNAVAILABLE', 503, { 'retry-after': '5' }, {}],
  [new errors.Overloaded('x', 2.5), 'OVERLOADED', 503, { 'retry-after': '3' }, { retryAfterSeconds: 2.5 }],
  [new errors.RateLimited('x', 2), 'OVERLOADED', 429, { 'retry-after': '2' }, { retryAfterSeconds: 2 }],
  [new errors.IdempotencyConflict('x'), 'IDEMPOTENCY_CONFLICT', 422, {}, {}],
  [new errors.ExportCut('x'), 'EXPORT_CUT', 503, {}, {}],
  [new errors.CannotStart('x'), 'CANNOT_START', 500, {}, {}],
  [new errors.BadRequest('x', 408), 'BAD_REQUEST', 408, {}, { http: { status: 408 } }],
  [new errors.RouteNotFound('x'), 'NOT_FOUND', 404, {}, {}],
  [new errors.MethodNotAllowed('x', 'GET'), 'METHOD_NOT_ALLOWED', 405, { allow: 'GET' }, {}],
  [new errors.Unauthenticated('x'), 'UNAUTHENTICATED', 401, { 'www-authenticate': 'Bearer' }, {}],
  [new errors.Forbidden('x', 'READ'), 'FORBIDDEN', 403, {}, { right: 'READ' }],
  [new errors.AuthNotSet('x'), 'AUTH_NOT_SET', 403, {}, {}],
  [new errors.TooManyAttempts('x'), 'TOO_MANY_ATTEMPTS', 429, { 'retry-after': '60' }, {}],
  [new errors.Forbidden('x'), 'FORBIDDEN', 403, {}, {}],
  [new errors.OriginNotAllowed('x'), 'ORIGIN_NOT_ALLOWED', 403, {}, {}],
  [new errors.HostNotAllowed('x'), 'HOST_NOT_ALLOWED', 421, {}, {}],
  [new errors.NotAcceptable('x'), 'NOT_ACCEPTABLE', 406, {}, {}],
  [new errors.PersistedQueryNotSupported(), 'PERSISTED_QUERY_NOT_SUPPORTED', 500, {}, { http: { status: 200 } }],
  [new errors.Internal(), 'INTERNAL', 500, {}, {}],
];

test.each(TABLE)('%s', (error, code, status, headers, extensions) => {
  expect(error).toMatchObject({ code, status, headers, extensions });
});

test('every class of errors.ts is in the table, but those whose sender names code and status', () => {
  const listed = TABLE.map(([error]) => error.name);
  const missing = Object.keys(errors).filter((name) => !listed.includes(name) && !/^(WeirError|Body\w+)$/.test(name));
  expect(missing).toEqual([]);
});
