import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/log/json.ts';
import { arrivalAt, type Draft, isRejection, makeRecord } from '../../../src/log/record.ts';
import { draftFromJson } from '../../../src/record-names/draft-from-json.ts';
import { NAMES, type Names } from '../../../src/record-names/logger-names.ts';

const TIME = '2026-11-21T20:06:40.731000Z';
const MS = Date.parse('2026-11-21T20:06:40.731Z');

describe('a record as it is written by', () => {
  test('pino, with a request', () => {
    const line = {
      level: 50,
      time: MS,
      pid: 7,
      hostname: 'web-1',
      name: 'api',
      msg: 'failed',
      responseTime: 12.5,
      req: {
        id: 'r-1',
        method: 'GET',
        url: '/jobs/7?full=1',
        headers: { 'user-agent': 'curl/8', accept: '*/*' },
        remoteAddress: '10.0.0.1',
      },
      res: { statusCode: 500, headers: { etag: 'x' } },
      err: { type: 'TypeError', message: 'no job', stack: 'TypeError: no job\n    at x', code: 'E1' },
    };
    expect(draftFromJson(line)).toEqual({
      severityNumber: 17,
      timestamp: TIME,
      host: 'web-1',
      component: 'api',
      message: 'failed',
      durationMs: 12.5,
      correlationId: 'r-1',
      httpMethod: 'GET',
      httpPath: '/jobs/7?full=1',
      action: 'GET /jobs/7',
      httpUserAgent: 'curl/8',
      httpClientIp: '10.0.0.1',
      httpStatus: 500,
      errorType: 'TypeError',
      stackTrace: 'TypeError: no job\n    at x',
      attributes: {
        pid: 7,
        req: { headers: { accept: '*/*' } },
        res: { headers: { etag: 'x' } },
        err: { message: 'no job', code: 'E1' },
      },
    });
  });

  test('Elastic Common Schema, flat or nested', () => {
    const flat = {
      '@timestamp': TIME,
      'log.level': 'warn',
      message: 'hi',
      'service.name': 'shop',
      'log.logger': 'cart',
      'trace.id': 't',
      'error.type': 'E',
      'error.stack_trace': 'E\n at',
      'url.path': '/a',
      'http.request.method': 'PUT',
      'host.name': 'h',
      'http.response.status_code': 201,
    };
    const nested = {
      '@timestamp': TIME,
      log: { level: 'warn', logger: 'cart' },
      message: 'hi',
      service: { name: 'shop' },
      trace: { id: 't' },
      error: { type: 'E', stack_trace: 'E\n at' },
      url: { path: '/a' },
      host: { name: 'h' },
      http: { request: { method: 'PUT' }, response: { status_code: 201 } },
    };
    const draft = draftFromJson(flat);
    expect(draft).toEqual({
      timestamp: TIME,
      severityNumber: 13,
      message: 'hi',
      service: 'shop',
      component: 'cart',
      traceId: 't',
      errorType: 'E',
      stackTrace: 'E\n at',
      httpPath: '/a',
      httpMethod: 'PUT',
      httpStatus: 201,
      action: 'PUT /a',
      host: 'h',
      attributes: {},
    });
    expect(draftFromJson(nested)).toEqual(draft);
  });

  test('structlog, Python and journald', () => {
    expect(
      draftFromJson({ event: 'hi', logger: 'app', level: 'critical', timestamp: '2026-11-21T20:06:40.731' }),
    ).toEqual({
      message: 'hi',
      component: 'app',
      severityNumber: 21,
      timestamp: TIME,
      attributes: {},
    });
    expect(draftFromJson({ levelname: 'INFO', module: 'm', exc_info: 'Traceback\n  x', asctime: 'now' })).toEqual({
      severityNumber: 9,
      component: 'm',
      stackTrace: 'Traceback\n  x',
      attributes: { asctime: 'now' },
    });
    expect(draftFromJson({ priority: '3', message: 'hi' })).toMatchObject({ severityNumber: 17 });
  });

  test('Weir itself', () => {
    const fields = {
      uid: '0190a5b0-0000-7000-8000-000000000000',
      timestamp: TIME,
      severityNumber: 11,
      message: 'm',
      service: 's',
      component: 'c',
      action: 'a',
      host: 'h',
      environment: 'e',
      deploymentVersion: 'v',
      correlationId: 'ci',
      traceId: 't',
      spanId: 'sp',
      pipelineId: 'p',
      userId: 'u',
      durationMs: 1.5,
      errorType: 'E',
      stackTrace: 'at',
    };
    const http = { method: 'GET', path: '/', status: 204, userAgent: 'ua', clientIp: '::1' };
    expect(draftFromJson({ ...fields, level: 'INFO', http, attributes: { level: 3, http: { x: 1 } } })).toEqual({
      ...fields,
      httpMethod: 'GET',
      httpPath: '/',
      httpStatus: 204,
      httpUserAgent: 'ua',
      httpClientIp: '::1',
      attributes: { level: 3, http: { x: 1 } },
    });
  });
});

describe('names', () => {
  test.each([
    'correlation_id',
    'correlationId',
    'correlation-id',
    'request_id',
    'requestId',
    'reqId',
    'req_id',
    'x-correlation-id',
    'X-Correlation-ID',
  ])('%s is a correlation id', (name) =>
    expect(draftFromJson({ [name]: 'c-1' })).toEqual({ correlationId: 'c-1', attributes: {} }),
  );

  test('if two names mean one field, the more reliable one wins in either order, and the other stays', () => {
    for (const object of [
      { event: 'user.login', message: 'hi' },
      { message: 'hi', event: 'user.login' },
    ]) {
      expect(draftFromJson(object)).toEqual({ message: 'hi', attributes: { event: 'user.login' } });
    }
    for (const object of [
      { log: { level: 'warn', file: 'a' }, level: 'info' },
      { level: 'info', log: { level: 'warn', file: 'a' } },
    ]) {
      expect(draftFromJson(object)).toEqual({ severityNumber: 9, attributes: { log: { level: 'warn', file: 'a' } } });
    }
  });

  test('with the same value are kept once', () => {
    expect(draftFromJson({ message: 'hi', msg: 'hi', severityNumber: 10, level: 'info' })).toEqual({
      message: 'hi',
      severityNumber: 10,
      attributes: {},
    });
  });

  test('the second name fills the field if the value of the first cannot be read', () => {
    expect(draftFromJson({ timestamp: 'yesterday', time: TIME })).toEqual({
      timestamp: TIME,
      attributes: { timestamp: 'yesterday' },
    });
  });

  test.each([
    ['seconds', 1_795_291_600.731],
    ['milliseconds', 1_795_291_600_731],
    ['microseconds', 1_795_291_600_731_000],
    ['nanoseconds as text', '1795291600731000000'],
    ['an offset', '2026-11-21T22:06:40.731+02:00'],
    ['no zone, which is UTC', '2026-11-21 20:06:40,731'],
  ])('a time in %s is understood', (_, time) => {
    expect(draftFromJson({ time })).toEqual({ timestamp: TIME, attributes: {} });
  });

  test.each([
    { timestamp: 'yesterday' },
    { ts: 12.5 },
    { time: [2026] },
    { level: 'weird' },
    { level: 3 },
    { priority: 9 },
    { uid: 1000 },
    { uid: 'root' },
    { duration_ms: 'long' },
    { duration_ms: -1 },
    { duration: 12 },
    { http: { status: 42 } },
    { status: 200 },
    { message: { a: 1 } },
    { service: true },
    { trace_id: '' },
    { error: 'boom' },
    { user: 'ada' },
    { user: {} },
    { stack: [1] },
    { attributes: 'x' },
  ])('leave a value that they cannot read in attributes: %j', (object) => {
    expect(draftFromJson(object as unknown as JsonObject)).toEqual({ attributes: object });
  });

  test('with null say nothing', () =>
    expect(draftFromJson({ userId: null, mine: null })).toEqual({ attributes: { mine: null } }));

  test("the sender's own attributes stay unchanged, with the remaining values beside them", () => {
    expect(draftFromJson({ attributes: { region: 'eu', message: 'm' }, region: 'us', more: 1 })).toEqual({
      attributes: { region: 'eu', message: 'm', 'weir.region': 'us', more: 1 },
    });
    expect(draftFromJson({ 'weir.a': 1, a: 2, attributes: { a: 3, 'weir.a': 4 } })).toEqual({
      attributes: { a: 3, 'weir.a': 4, 'weir.weir.a': 1, 'weir.weir.weir.a': 2 },
    });
  });

  test('a duration may have a unit', () =>
    expect(draftFromJson({ duration: '1.5s' })).toEqual({ durationMs: 1500, attributes: {} }));

  test('`__proto__` is an ordinary key', () => {
    const { attributes } = draftFromJson(JSON.parse('{"__proto__":{"a":1},"message":"m"}'));
    expect(Object.keys(attributes as object)).toEqual(['__proto__']);
  });
});

test('an object without known names becomes attributes', () => {
  const unknown = fc.string().filter((key) => key !== 'attributes' && !NAMES.here.has(key) && !NAMES.inside.has(key));
  fc.assert(
    fc.property(fc.dictionary(unknown, fc.jsonValue()), (object) => {
      expect(draftFromJson({ ...object } as JsonObject)).toEqual({ attributes: { ...object } });
    }),
  );
});

test('every value of an object with known names is in a field or in attributes, except a second copy', () => {
  const names = [...NAMES.here.keys()].filter((key) => !key.includes('.'));
  const unique = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 12 });
  fc.assert(
    fc.property(unique, (keys) => {
      const object = Object.fromEntries(keys.map((key, i) => [key, `value ${i}`]));
      const { attributes, ...fields } = draftFromJson(object);
      const kept = [...Object.values(fields), ...Object.values(attributes as object)];
      expect(Object.values(object).filter((value) => !kept.includes(value))).toEqual([]);
    }),
  );
});

/** Objects with known names on all levels. Every text in them is another one. */
function objectsOf(names: Names, depth = 0): fc.Arbitrary<JsonObject> {
  const leaf = fc.oneof(
    { weight: 5, arbitrary: fc.constant('TEXT') },
    fc.constant(['TEXT', 'TEXT']),
    fc.constant({ other: 'TEXT' }),
    fc.constant([{ message: 'TEXT', timestamp: 1_714_979_289_123, time: 'TEXT' }]),
    fc.constantFrom(0, 1, 30, 200, 502, -1, 1.5, 1_714_979_289, true, null, '', 'GET', 'error', '3', 'GET /a HTTP/1.1'),
    fc.constantFrom(
      '2024-05-06T07:08:09Z',
      'projects/p/traces/t',
      '0x0af7651916cd43dd8448eb211c80319c',
      'a\n\tat b(c)',
    ),
  );
  const inside = [...names.inside.keys()];
  const known = [...new Set([...names.here.keys(), ...inside])];
  const key = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...known) },
    fc.constantFrom('other', 'level', 'attributes'),
  );
  const member = key.chain((name) => {
    const deeper = names.inside.get(name);
    const value = deeper && depth < 3 ? fc.oneof({ weight: 3, arbitrary: objectsOf(deeper, depth + 1) }, leaf) : leaf;
    return fc.tuple(fc.constant(name), value as fc.Arbitrary<Json>);
  });
  return fc.array(member, { maxLength: 8 }).map((members) => Object.fromEntries(members));
}

/** Numbers the texts, so that each is found again. */
const numbered = (object: JsonObject): JsonObject => {
  let count = 0;
  return JSON.parse(JSON.stringify(object).replaceAll('"TEXT"', () => `"text ${count++}."`));
};

const textsIn = (draft: Draft): string => JSON.stringify(draft);

test('no text is lost in objects with known names inside one another, and each draft is a record or a rejection', () => {
  const arrival = arrivalAt(TIME, { maxAgeMs: 1e12, environment: null, deploymentVersion: null, redactor: null });
  fc.assert(
    fc.property(objectsOf(NAMES).map(numbered), (object) => {
      const draft = draftFromJson(structuredClone(object));
      const kept = textsIn(draft);
      const sent = JSON.stringify(object).match(/text \d+\./g) ?? [];
      expect(sent.filter((text) => !kept.includes(text))).toEqual([]);
      for (const one of [draft, ...(draft.others ?? [])]) {
        const made = makeRecord(one, arrival);
        if (isRejection(made)) expect(made.code).toMatch(/^(TIMESTAMP_REQUIRED|INVALID_UID|INVALID_LLM)/);
      }
    }),
    { numRuns: 2000 },
  );
});
