import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { callText } from '../../../src/cli/terminal/call-text.ts';
import { coloured, paintFor, plain } from '../../../src/cli/terminal/colours.ts';
import { jsonLine, printable } from '../../../src/cli/terminal/printable.ts';
import { recordJson, recordLine } from '../../../src/cli/terminal/record-lines.ts';
import { searchHint } from '../../../src/cli/terminal/search-hint.ts';
import { timeTextIn, utcText } from '../../../src/cli/terminal/time-text.ts';
import { record } from './tail-server.ts';

afterEach(() => void vi.unstubAllEnvs());

const full = {
  ...record(0, 'charge failed'),
  level: 'ERROR',
  component: 'worker',
  durationMs: 12.5,
  correlationId: 'c-1',
  errorType: 'TimeoutError',
  http: { method: 'POST', path: '/charge', status: 502, userAgent: null, clientIp: null },
  attributes: { region: 'eu', 'two words': 'a b', deep: { a: [1] }, gone: null },
};

test('a record is one line: time, level, source, message, then what is short to tell', () => {
  expect(recordLine(full, plain)).toBe(
    '2026-11-21T20:06:40.731Z ERROR    billing/worker charge failed ' +
      'errorType=TimeoutError http="POST /charge 502" durationMs=12.5 correlationId=c-1 region=eu two words="a b" deep={"a":[1]}',
  );
});

test('the progress of a run is shown in short; an object of this name in any other record as it is', () => {
  const progress = { operation: 'leads', status: 'running', processed: 2000, total: 5000, rate_per_second: 41 };
  const running = { ...record(0, 'still at it'), pipelineId: 'run-1', attributes: { progress, batch: 7 } };
  const start = '2026-11-21T20:06:40.731Z INFO     billing';
  expect(recordLine(running, plain)).toBe(`${start} still at it progress 40% 2,000/5,000 pipelineId=run-1 batch=7`);
  const open = { ...running, message: 'operation progress', attributes: { progress: { processed: 7, failed: 1 } } };
  expect(recordLine(open, plain)).toBe(`${start} operation progress 7 1 failed pipelineId=run-1`);
  const other = { ...record(0, 'drawn'), attributes: { progress: { processed: 7 } } };
  expect(recordLine(other, plain)).toBe(`${start} drawn progress={"processed":7}`);
  expect(recordJson(running)).toContain('"rate_per_second":41');
});

test('a stack trace stands below its record, as indented lines that cannot control the terminal', () => {
  const failed = { ...record(0, 'failed'), stackTrace: 'Error: no\n\tat f (a.js:1)\r\n    at \x1b[31mg\n' };
  expect(recordLine(failed, plain, { timeText: utcText, stack: true }).split('\n')).toEqual([
    '2026-11-21T20:06:40.731Z INFO     billing failed',
    '    Error: no',
    '        at f (a.js:1)',
    '        at \\x1b[31mg',
  ]);
  expect(recordLine(failed, plain, { timeText: utcText, stack: false })).not.toContain('\n');
});

test('a time is shown as clocks of a zone show it, also after they were changed', () => {
  const berlin = timeTextIn('Europe/Berlin');
  expect(berlin('2026-10-25T00:59:59.999999Z')).toBe('2026-10-25T02:59:59.999+02:00');
  expect(berlin('2026-10-25T01:00:00.000000Z')).toBe('2026-10-25T02:00:00.000+01:00');
  expect(timeTextIn('America/St_Johns')('2026-01-01T00:00:00.000000Z')).toBe('2025-12-31T20:30:00.000-03:30');
  expect(timeTextIn('UTC')('2026-01-01T00:00:00.000000Z')).toBe('2026-01-01T00:00:00.000Z');
});

test.each([
  [['level=error'], 'level:error'],
  [['-service=billing timeout'], 'service:billing'],
  [['attributes.n==3'], 'attributes.n:3'],
  [['a=b'], undefined],
  [['level:error'], undefined],
])('the hint for %j is %j', (search, hint) => {
  const found = searchHint(search);
  if (hint === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(`write ${hint}`);
});

const call = {
  operation: 'chat',
  provider: 'openai',
  requestModel: 'gpt-4o',
  responseModel: null,
  inputTokens: 100,
  outputTokens: 50,
  costUsd: 0.00123,
};

test('a model call stands behind the message, with its duration', () => {
  expect(recordLine({ ...record(0, 'answered'), durationMs: 1834, llm: call }, plain)).toBe(
    '2026-11-21T20:06:40.731Z INFO     billing answered chat gpt-4o 150 tokens $0.0012 1.8s',
  );
  const json = JSON.parse(recordJson({ ...record(0, 'answered'), llm: call }));
  expect(json.llm).toEqual({ ...call, responseModel: undefined });
  expect(JSON.parse(recordJson({ ...record(0, 'answered'), llm: null }))).not.toHaveProperty('llm');
});

test('what the message says of a call or a request already is not said again', () => {
  const line = (message: string, more: object): string =>
    recordLine({ ...record(0, message), ...more }, plain).slice('2026-11-21T20:06:40.731Z INFO     billing '.length);
  expect(line('chat gpt-4o', { llm: call, durationMs: 1834 })).toBe('chat gpt-4o 150 tokens $0.0012 1.8s');
  expect(line('chat gpt', { llm: call })).toBe('chat gpt chat gpt-4o 150 tokens $0.0012');
  const silent = { ...call, inputTokens: null, outputTokens: null, costUsd: null };
  expect(line('chat gpt-4o', { llm: silent })).toBe('chat gpt-4o');
  const http = { method: 'GET', path: '/x', status: 200, userAgent: null, clientIp: null };
  expect(line('GET /x 200', { http, durationMs: 3 })).toBe('GET /x 200 durationMs=3');
  expect(line('GET /x', { http })).toBe('GET /x http="GET /x 200"');
});

test.each([
  [{ ...call, responseModel: 'gpt-4o-2026' }, 850.4, 'chat gpt-4o-2026 150 tokens $0.0012 850ms'],
  [{ ...call, operation: null, costUsd: 1234.5 }, null, 'gpt-4o 150 tokens $1,234.50'],
  [{ ...call, inputTokens: null, outputTokens: 1200, costUsd: 0 }, 61_000, 'chat gpt-4o 1,200 tokens $0.00 61s'],
  [{ ...call, inputTokens: null, outputTokens: null, requestModel: null, costUsd: null }, null, 'chat openai'],
  [{ ...call, costUsd: 0.000000001 }, null, 'chat gpt-4o 150 tokens $0.000000001'],
])('a model call %j is shown as it is known', (one, durationMs, text) => {
  expect(callText(one, durationMs)).toBe(text);
});

test('a record with no more than it must have ends with its message', () => {
  expect(recordLine(record(0, 'up'), plain)).toBe('2026-11-21T20:06:40.731Z INFO     billing up');
});

test('an attribute does not pass for a field of its name, and an action made from the request is not told twice', () => {
  const http = { method: 'GET', path: '/x', status: null, userAgent: null, clientIp: null };
  const line = recordLine(
    { ...record(0, 'up'), userId: 'u-1', attributes: { userId: 7 }, http, action: 'GET /x' },
    plain,
  );
  expect(line).toContain(' up http="GET /x" userId=u-1 attributes.userId=7');
  expect(recordLine({ ...record(0, 'up'), http, action: 'list' }, plain)).toContain(' up http="GET /x" action=list');
});

test('colours add nothing but colours', () => {
  const line = recordLine(full, coloured);
  expect(line).not.toBe(recordLine(full, plain));
  expect(stripVTControlCharacters(line)).toBe(recordLine(full, plain));
});

test('a level that a newer server invented is shown as it is', () => {
  expect(recordLine({ ...full, level: 'NOTICE' }, coloured)).toContain('NOTICE');
});

test('logged text cannot command the terminal, wherever it stands', () => {
  const attack = '\x1b]0;owned\x07\x1b[2J\x9b31m\r\nfake line\u202e\u2028';
  const line = recordLine(
    {
      ...full,
      level: attack,
      timestamp: attack,
      message: attack,
      service: attack,
      component: attack,
      errorType: attack,
      http: { method: attack, path: attack, status: 1, userAgent: attack, clientIp: attack },
      attributes: { [attack]: attack, deep: { [attack]: attack } },
    },
    plain,
  );
  expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
});

test('what is spelled out can be read', () => {
  expect(printable('a\n\tb\x1b[31m\x9b\u202e')).toBe('a\\n\\tb\\x1b[31m\\x9b\\u202e');
});

test('other scripts and emoji are left alone', () => {
  const text = 'Grüße, 日本語, 👩‍💻, שלום';
  expect(printable(text)).toBe(text);
});

test('a JSON line is harmless too, and means what it meant', () => {
  fc.assert(
    fc.property(fc.dictionary(anyText(), fc.oneof(anyText(), fc.jsonValue())), (value) => {
      const line = jsonLine(value);
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e\u2028]/);
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

const anyText = () =>
  fc.string({
    unit: fc.oneof(fc.constantFrom('\x1b', '\x9b', '\n', '\u202e', '\u2028', '"', '\\'), fc.string({ maxLength: 2 })),
  });

test('in JSON, what a record lacks is left out; nulls within attributes stay', () => {
  expect(JSON.parse(recordJson(full))).toEqual({
    id: 'id-0',
    uid: '00000000-0000-7000-8000-000000000000',
    timestamp: '2026-11-21T20:06:40.731905Z',
    receivedAt: '2026-11-21T20:06:41.000000Z',
    level: 'ERROR',
    severityNumber: 9,
    message: 'charge failed',
    service: 'billing',
    component: 'worker',
    durationMs: 12.5,
    correlationId: 'c-1',
    errorType: 'TimeoutError',
    http: { method: 'POST', path: '/charge', status: 502 },
    attributes: { region: 'eu', 'two words': 'a b', deep: { a: [1] }, gone: null },
  });
});

test('a huge value is cut on a line and whole in JSON', () => {
  const huge = { ...full, attributes: { body: 'x'.repeat(10_000) } };
  expect(recordLine(huge, plain).length).toBeLessThan(600);
  expect(recordJson(huge).length).toBeGreaterThan(10_000);
});

test('FORCE_COLOR colours a pipe', () => {
  vi.stubEnv('FORCE_COLOR', '1');
  expect(paintFor(process.stdout)).toBe(coloured);
  vi.stubEnv('FORCE_COLOR', '0');
  expect(paintFor(process.stdout)).toBe(plain);
});
