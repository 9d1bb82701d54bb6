import { describe, expect, test } from 'vitest';
import { createClock, readLine, withInnerLine } from '../../../src/log-file/inner-line.ts';

const clock = createClock({ timeZone: 'UTC', now: '2026-11-26T12:00:00.000000Z' });
const outer = {
  timestamp: '2026-11-26T10:00:00.000000Z',
  severityNumber: 9,
  host: 'web-1',
  attributes: { pod: 'api-7' },
};

test('What a line says wins over its envelope, and the envelope gives the rest', () => {
  const line = '{"time":"2026-11-26T09:59:59.5Z","level":"error","msg":"boom","pod":"api-8","region":"eu"}';
  expect(withInnerLine(outer, line, clock)).toEqual({
    timestamp: '2026-11-26T09:59:59.500000Z',
    severityNumber: 17,
    host: 'web-1',
    message: 'boom',
    attributes: { pod: 'api-8', region: 'eu', 'weir.pod': 'api-7' },
  });
});

test('A line of no known format is the message', () => {
  expect(withInnerLine(outer, 'hello', clock)).toEqual({ ...outer, message: 'hello' });
});

describe('a line alone', () => {
  test.each([
    ['colours leave it', '\u001b[32mhello\u001b[0m\r', { message: 'hello' }],
    [
      'a formatted line',
      '2026-11-26 09:59:59,500 ERROR [main] com.acme.Foo - boom',
      { timestamp: '2026-11-26T09:59:59.500000Z', severityNumber: 17, component: 'com.acme.Foo', message: 'boom' },
    ],
    ['logfmt', 'level=warn msg="slow query" user=7', { severityNumber: 13, message: 'slow query' }],
    [
      'an envelope that one line is enough to know',
      '2026-11-26T09:59:59.5Z stdout F {"level":"error","msg":"boom"}',
      { timestamp: '2026-11-26T09:59:59.500000Z', severityNumber: 17, message: 'boom' },
    ],
    [
      'envelopes inside one another',
      '[pod/api-0/main] 2026-11-26T09:59:59.5Z stdout F boom',
      { timestamp: '2026-11-26T09:59:59.500000Z', service: 'api', message: 'boom' },
    ],
    ['a bar is no envelope', 'api-1  | hello', { message: 'api-1  | hello' }],
    ['an error that nothing caught', 'panic: x', { severityNumber: 24, errorType: 'panic', message: 'panic: x' }],
  ])('%s', (_, line, draft) => {
    expect(readLine(line, clock)).toMatchObject(draft);
  });
});

describe('a level at the head of a text', () => {
  const { severityNumber: _, ...unlevelled } = outer;

  test('counts, and leaves the message where the envelope has a time', () => {
    expect(withInnerLine(unlevelled, 'ERROR: no disk', clock)).toMatchObject({
      severityNumber: 17,
      message: 'no disk',
    });
    expect(readLine('ERROR: no disk', clock)).toMatchObject({ severityNumber: 17, message: 'ERROR: no disk' });
  });

  test('says nothing where the envelope names a level', () => {
    expect(withInnerLine(outer, 'error: no disk', clock)).toEqual({ ...outer, message: 'error: no disk' });
  });
});

describe('a text of several lines is one record', () => {
  test('with its stack trace', () => {
    const trace = 'java.lang.IllegalStateException: no\n\tat c.e.App.main(App.java:3)';
    expect(
      withInnerLine(outer, `2026-11-26 09:59:59,500 ERROR [main] com.acme.Foo - boom\n${trace}\n`, clock),
    ).toMatchObject({
      message: 'boom',
      component: 'com.acme.Foo',
      errorType: 'java.lang.IllegalStateException',
      stackTrace: trace,
    });
  });

  test('with lines that its format reads', () => {
    expect(readLine('May 06, 2024 7:08:09 AM com.example.Foo bar\nSEVERE: boom', clock)).toMatchObject({
      severityNumber: 17,
      component: 'com.example.Foo',
      message: 'boom',
    });
  });

  test('also where it is JSON', () => {
    expect(readLine('{\n  "level": "error",\n  "msg": "boom"\n}\n', clock)).toMatchObject({
      severityNumber: 17,
      message: 'boom',
    });
  });

  test('of plain text', () => {
    expect(readLine('\none\n\ntwo\n', clock)).toMatchObject({ message: 'one\n\ntwo' });
  });
});
