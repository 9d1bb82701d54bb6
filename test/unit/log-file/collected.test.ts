import { describe, expect, test } from 'vitest';
import { bodyFormat } from '../../../src/log-file/body-format.ts';
import type { Entry } from '../../../src/log-file/entries/entry.ts';
import { createClock } from '../../../src/log-file/formats/clock.ts';
import { importedOf } from '../../support/cases.ts';

const clock = createClock({ timeZone: 'UTC', now: '2026-11-26T12:00:00.000000Z' });

const linesOf = (...objects: object[]): string => objects.map((object) => `${JSON.stringify(object)}\n`).join('');

function entriesOf(body: string, contentType: string | null): Entry[] {
  const reader = bodyFormat(contentType, clock).readerFor(body, true);
  return [...reader.push(Buffer.from(body)), ...reader.end()];
}

const EVENTS = {
  logGroup: '/aws/lambda/pay',
  logEvents: [
    { id: 'a', timestamp: 1714979289123, message: '{"level":"error","msg":"one"}' },
    { id: 'b', timestamp: 1714979290123, message: 'two' },
  ],
};

describe('a body of POST /ingest', () => {
  test.each([['application/x-ndjson'], ['application/json'], [null]])('of %s has the records of collectors', (type) => {
    const body = linesOf(EVENTS, {
      log: '{"level":"warn","msg":"three"}\n',
      stream: 'stdout',
      time: '2024-05-06T07:08:11Z',
    });
    expect(entriesOf(body, type)).toMatchObject([
      { at: 1, draft: { message: 'one', severityNumber: 17, service: 'pay' } },
      { at: 1, draft: { message: 'two', service: 'pay' } },
      { at: 2, draft: { message: 'three', severityNumber: 13, timestamp: '2024-05-06T07:08:11.000000Z' } },
    ]);
  });

  test('keeps its rejections, with their lines', () =>
    expect(entriesOf(`${linesOf(EVENTS)}{"broken\n`, 'application/x-ndjson').map(({ at }) => at)).toEqual([1, 1, 2]));
});

describe('a file of a collector', () => {
  test('keeps the trace of one program together, beside the lines of another', async () => {
    const of = (unit: string, message: string) => ({
      __REALTIME_TIMESTAMP: '1714979289123456',
      PRIORITY: '6',
      _HOSTNAME: 'web1',
      _SYSTEMD_UNIT: `${unit}.service`,
      SYSLOG_IDENTIFIER: unit,
      MESSAGE: message,
    });
    const file = linesOf(
      of('shop', '2024-05-06 07:08:10,123 ERROR [main] c.e.App - boom'),
      of('other', 'hello'),
      of('shop', 'java.lang.IllegalStateException: no'),
      of('shop', '\tat c.e.App.main(App.java:3)'),
      of('shop', '2024-05-06 07:08:11,123 INFO [main] c.e.App - after'),
    );
    const records = await importedOf(Buffer.from(file));
    expect(records).toHaveLength(3);
    expect(records).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          message: 'boom',
          level: 'ERROR',
          service: 'shop',
          component: 'c.e.App',
          errorType: 'java.lang.IllegalStateException',
          stackTrace: 'java.lang.IllegalStateException: no\n\tat c.e.App.main(App.java:3)',
        }),
        expect.objectContaining({ message: 'hello', service: 'other', timestamp: '2024-05-06T07:08:09.123456Z' }),
        expect.objectContaining({ message: 'after', timestamp: '2024-05-06T07:08:11.123000Z' }),
      ]),
    );
  });

  test('has several records in a line, or as one object over many lines', async () => {
    const expected = [
      expect.objectContaining({ message: 'one', level: 'ERROR', timestamp: '2024-05-06T07:08:09.123000Z' }),
      expect.objectContaining({ message: 'two', level: 'INFO' }),
    ];
    expect(await importedOf(Buffer.from(linesOf(EVENTS)))).toEqual(expected);
    expect(await importedOf(Buffer.from(JSON.stringify(EVENTS, null, 2)))).toEqual(expected);
  });

  test('with a line that no JSON is keeps it', async () => {
    const file = `${linesOf({ time: '2024-05-06T07:08:09Z', level: 'error', msg: 'a', loss: 1 })}{"time":"2024-05-06T07:08:10Z","msg":"b","loss":NaN,"max":-Infinity,"text":"NaN, x"}\n`;
    expect(await importedOf(Buffer.from(file))).toMatchObject([
      { message: 'a' },
      { message: 'b', attributes: { loss: 'NaN', max: '-Infinity', text: 'NaN, x' } },
    ]);
  });
});
