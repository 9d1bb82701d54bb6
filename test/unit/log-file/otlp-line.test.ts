import { expect, test } from 'vitest';
import { httpOf } from '../../../src/log/http-exchange.ts';
import { levelOf } from '../../../src/log/level.ts';
import { collected } from '../../../src/log-file/collected.ts';
import { entryOfJson } from '../../../src/log-file/entries/entry.ts';
import { createClock } from '../../../src/log-file/inner-line.ts';

const clock = createClock({ timeZone: 'UTC', now: '2026-11-26T12:00:00.000000Z' });

/** The records of a line, or why there are none. */
const readAll = (line: string) =>
  Array.from(collected([entryOfJson(1, line)], clock), (entry) =>
    'draft' in entry
      ? { ...entry.draft, level: levelOf(entry.draft.severityNumber ?? 9), http: httpOf(entry.draft) }
      : entry,
  );
const readAllAs = (sent: object) => readAll(JSON.stringify(sent));

const text = (stringValue: string) => ({ stringValue });
const lineOf = (logRecords: object[], attributes: object[] = []) => ({
  resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: 'com.p', version: '2' }, logRecords }] }],
});

test('each log record of a line of OTLP is a record', () => {
  const records = readAllAs(
    lineOf(
      [
        {
          timeUnixNano: '1714979289123456789',
          severityNumber: 17,
          severityText: 'ERROR',
          body: text('boom'),
          attributes: [
            { key: 'k', value: { intValue: '7' } },
            { key: 'big', value: { intValue: '9223372036854775807' } },
            { key: 'exception.type', value: text('E') },
            { key: 'exception.stacktrace', value: text('E\n\tat b') },
            { key: 'http.request.method', value: text('GET') },
          ],
          traceId: '0AF7651916CD43DD8448EB211C80319C',
          spanId: '0000000000000000',
        },
        { timeUnixNano: '0', observedTimeUnixNano: '1714979290123456789', severityText: 'warn', body: text('two') },
      ],
      [
        { key: 'service.name', value: text('pay') },
        { key: 'service.version', value: text('1.2') },
        { key: 'k8s.pod.name', value: text('pay-1') },
        { key: 'cloud.region', value: text('eu') },
      ],
    ),
  );
  expect(records).toMatchObject([
    {
      timestamp: '2024-05-06T07:08:09.123456Z',
      level: 'ERROR',
      message: 'boom',
      service: 'pay',
      deploymentVersion: '1.2',
      host: 'pay-1',
      component: 'com.p',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      errorType: 'E',
      stackTrace: 'E\n\tat b',
      http: { method: 'GET' },
      attributes: {
        k: 7,
        big: '9223372036854775807',
        resource: { 'cloud.region': 'eu' },
        scope: { version: '2' },
      },
    },
    { timestamp: '2024-05-06T07:08:10.123456Z', level: 'WARNING', message: 'two', service: 'pay' },
  ]);
  expect(records[0]).not.toHaveProperty('spanId');
});

test('a body may be a map, a list or a number, and a line without a severity is read', () => {
  const body = (value: object) => ({ timeUnixNano: 1714979289123456789n.toString(), body: value });
  expect(
    readAllAs(
      lineOf([
        body({
          kvlistValue: {
            values: [
              { key: 'msg', value: text('in') },
              { key: 'order', value: { intValue: 3 } },
            ],
          },
        }),
        body({ arrayValue: { values: [text('a'), { boolValue: true }] } }),
        body({ doubleValue: 1.5 }),
        body(text('{"level":"error","msg":"line"}')),
        { ...body(text('2024-05-06 07:08:09 ERROR no line')), severityNumber: 9 },
      ]),
    ),
  ).toMatchObject([
    { message: 'in', attributes: { order: 3 } },
    { message: '["a",true]' },
    { message: '1.5' },
    { message: 'line', level: 'ERROR' },
    { message: '2024-05-06 07:08:09 ERROR no line', level: 'INFO' },
  ]);
});

test('names in snake case, and names of severities, are read too', () =>
  expect(
    readAllAs({
      resource_logs: [
        { scope_logs: [{ log_records: [{ severity_number: 'SEVERITY_NUMBER_WARN2', body: { string_value: 'm' } }] }] },
      ],
    }),
  ).toMatchObject([{ severityNumber: 14, message: 'm' }]));

test('a line is bounded by what all its log records take, not by the values of one record', () => {
  const logRecords = Array.from({ length: 20_000 }, (_, i) => ({
    timeUnixNano: '1714979289123456789',
    body: text(`m${i}`),
  }));
  const entries = Array.from(collected([entryOfJson(1, JSON.stringify(lineOf(logRecords)))], clock));
  expect(entries).toHaveLength(20_000);
  const sizes = entries.reduce((sum, entry) => sum + ('size' in entry ? entry.size : 0), 0);
  expect(sizes).toBeLessThan(20_000 * 1000);
});

test.each([
  ['{"resourceLogs":[]}', 'EMPTY_RECORD'],
  ['{"resourceLogs":7}', 'INVALID_JSON'],
  ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"x"}]}]}]}', 'INVALID_OTLP'],
])('%s is rejected with a reason', (line, code) => {
  expect(readAll(line)).toEqual([{ at: 1, code, reason: expect.stringContaining('expected ') }]);
});
