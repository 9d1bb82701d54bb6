import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/log/json.ts';
import { createClock, withLineRead } from '../../../src/log-file/inner-line.ts';
import { draftOfLog } from '../../../src/otlp/log-draft.ts';
import { blankLog, type OtlpLog } from '../../../src/otlp/telemetry/telemetry.ts';

const clock = createClock({ timeZone: 'UTC', now: '2026-11-26T12:00:00.000000Z' });
const TIME = 1_764_000_000_123_456_789n;
const TIMESTAMP = '2025-11-24T16:00:00.123456Z';

const draftOf = (log: Partial<OtlpLog>, resource: JsonObject = {}, scope = '') =>
  withLineRead(
    draftOfLog({
      item: { ...blankLog(), ...log },
      resource: { attributes: resource, size: 0 },
      scope: { name: scope, version: '', attributes: {}, size: 0 },
    }),
    clock,
  );

test('resource, scope and record each have their place, also where their names are the same', () => {
  const draft = draftOf(
    { time: TIME, severityNumber: 17, body: 'boom', attributes: { 'service.name': 'inner', name: 'pod', k: 7 } },
    { 'service.name': 'pay', 'service.version': '1.2', 'host.name': 'h', 'k8s.pod.name': 'pay-1', k: 'of resource' },
    'com.pay',
  );
  expect(draft).toMatchObject({
    timestamp: TIMESTAMP,
    severityNumber: 17,
    message: 'boom',
    deploymentVersion: '1.2',
    host: 'h',
    attributes: { k: 7, resource: { 'k8s.pod.name': 'pay-1', k: 'of resource' } },
  });
});

describe('the body', () => {
  test('a map is read as a record', () => {
    const body = { message: 'order failed', user_id: 'u1', order: { id: 7 } };
    expect(draftOf({ body })).toMatchObject({
      message: 'order failed',
      userId: 'u1',
      attributes: { order: { id: 7 } },
    });
  });

  test('a map without a message is shown as JSON, and its values stay attributes', () => {
    expect(draftOf({ body: { a: 1 } })).toMatchObject({ message: '{"a":1}', attributes: { a: 1 } });
  });

  test('a list is shown as JSON, and other values as text', () => {
    expect(draftOf({ body: [1, 'a'] })).toMatchObject({ message: '[1,"a"]', attributes: { body: [1, 'a'] } });
    expect(draftOf({ body: 7 }).message).toBe('7');
    expect(draftOf({ body: false }).message).toBe('false');
    expect(draftOf({ body: null }).message).toBe('');
  });

  test('a raw line of a file, which has no severity, is read by its format', () => {
    const body = '{"level":"error","msg":"raw","request_id":"r1"}';
    expect(draftOf({ body, observedTime: TIME })).toMatchObject({
      message: 'raw',
      severityNumber: 17,
      correlationId: 'r1',
      timestamp: TIMESTAMP,
    });
    expect(draftOf({ body, severityNumber: 9 })).toMatchObject({ message: body, severityNumber: 9 });
  });
});

describe('fields of its own', () => {
  test('win over attributes and body of the same names, which stay attributes', () => {
    const draft = draftOf({
      time: TIME,
      severityNumber: 13,
      body: 'm',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      attributes: { message: 'other', level: 'error', time: 5, trace_id: 'x' },
    });
    expect(draft).toMatchObject({
      timestamp: TIMESTAMP,
      severityNumber: 13,
      message: 'm',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      attributes: { message: 'other', level: 'error', time: 5 },
    });
  });

  test('a severity of 0 is read from its text, and a text that is no level is kept', () => {
    expect(draftOf({ severityText: 'Warning', body: 'm' }).severityNumber).toBe(13);
    expect(draftOf({ severityText: 'odd', body: 'm' })).toMatchObject({ attributes: { severityText: 'odd' } });
    expect(draftOf({ severityText: 'odd', body: 'm' }).severityNumber).toBeUndefined();
  });

  test('a time of 0 is the time at which a collector saw the record', () => {
    expect(draftOf({ observedTime: TIME }).timestamp).toBe(TIMESTAMP);
    expect(draftOf({}).timestamp).toBeUndefined();
  });

  test('ids of zeros or of another length are none', () => {
    const { traceId, spanId } = draftOf({ traceId: '0'.repeat(32), spanId: 'abc' });
    expect([traceId, spanId]).toEqual([undefined, undefined]);
  });
});

test('the semantic conventions of exceptions and HTTP are fields', () => {
  const draft = draftOf({
    severityNumber: 17,
    attributes: {
      'exception.type': 'TypeError',
      'exception.message': 'x is null',
      'exception.stacktrace': 'TypeError: x is null\n    at a.js:1',
      'http.request.method': 'GET',
      'url.path': '/a',
      'http.response.status_code': 500,
      'client.address': '10.0.0.1',
      'user_agent.original': 'curl',
    },
    eventName: 'exception',
  });
  expect(draft).toMatchObject({
    message: 'x is null',
    errorType: 'TypeError',
    stackTrace: 'TypeError: x is null\n    at a.js:1',
    httpMethod: 'GET',
    httpPath: '/a',
    httpStatus: 500,
    httpClientIp: '10.0.0.1',
    httpUserAgent: 'curl',
  });
});

test("an object's own message, as of pino's err, does not replace the body", () => {
  const draft = draftOf({
    severityNumber: 17,
    body: 'm',
    attributes: { err: { type: 'E', message: 'inner', stack: 'E\n at x' } },
  });
  expect(draft).toMatchObject({ message: 'm', errorType: 'E', attributes: { 'exception.message': 'inner' } });
});

test('an event that tells of a model call has it, and its content is no attribute', () => {
  const draft = draftOf({
    time: TIME,
    eventName: 'gen_ai.client.inference.operation.details',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'secret' }] }],
    },
  });
  expect(draft).toMatchObject({
    action: 'gen_ai.client.inference.operation.details',
    llm: { operation: 'chat', requestModel: 'gpt-4o', inputTokens: 5, toldAs: 'event' },
  });
  expect(JSON.stringify(draft.attributes)).not.toContain('secret');
});
