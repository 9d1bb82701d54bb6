import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLog } from '../../support/log-lines.ts';

const read = (...lines: string[]) =>
  readLog(lines).entries.map(({ at, time, draft: { timestamp, message } }) => [
    at,
    time,
    timestamp?.slice(11, 19) ?? null,
    message,
  ]);

describe('a file with lines of several formats', () => {
  const log4j = (second: number, message: string) =>
    `2024-05-06 07:08:0${second},000 WARN  [main] com.acme.Foo - ${message}`;

  test('each line is read by the format that fits it', () => {
    const { format, entries } = readLog([
      log4j(1, 'one'),
      '{"time":"2024-05-06T07:08:02Z","level":"error","msg":"two"}',
      log4j(3, 'three'),
      '10.0.0.1 - - [06/May/2024:07:08:04 +0000] "GET /four HTTP/1.1" 502 1 "-" "-"',
      log4j(5, 'five'),
    ]);
    expect(format).toBe('log4j');
    expect(entries.map(({ draft }) => [draft.timestamp?.slice(18, 19), draft.severityNumber])).toEqual([
      ['1', 13],
      ['2', 17],
      ['3', 13],
      ['4', 17],
      ['5', 13],
    ]);
    expect(entries[0]!.draft).toMatchObject({ component: 'com.acme.Foo', message: 'one' });
    expect(entries[1]!.draft).toMatchObject({ message: 'two' });
    expect(entries[3]!.draft).toMatchObject({ httpStatus: 502 });
  });

  test('an object that says neither a time nor a level nor a message is more of the record before it', () => {
    expect(read(log4j(1, 'the body is'), '{"user":5}', log4j(2, 'next'))).toEqual([
      [1, 'own', '07:08:01', 'the body is\n{"user":5}'],
      [3, 'own', '07:08:02', 'next'],
    ]);
  });

  test('a message that is JSON is read: its level and its message win', () => {
    const { entries } = readLog(['2024-05-06 07:08:09 {"level":"error","msg":"inner","n":1}']);
    expect(entries[0]!.draft).toMatchObject({ severityNumber: 17, message: 'inner', attributes: { n: 1 } });
  });
});

describe('detection', () => {
  test('dates without a level count', () => {
    const { format, entries } = readLog(['2024-05-06 07:08:09 hello', '2024-05-06 07:08:10 you']);
    expect(format).toBe('dated');
    expect(entries.map(({ time }) => time)).toEqual(['own', 'own']);
  });

  test('lines without indentation after each dated line do not outvote them', () => {
    const sql = ['select a', 'from b', 'where c', 'and d', 'and e', 'and f', 'order by g', 'limit 10'];
    const lines = Array.from({ length: 5 }, (_, i) => [`2024-05-06 07:08:0${i} slow statement`, ...sql]).flat();
    const { format, entries } = readLog(lines);
    expect(format).toBe('dated');
    expect(entries.map(({ draft }) => draft.message)).toEqual(Array(5).fill(['slow statement', ...sql].join('\n')));
  });

  test('frames of a trace are no lines that could begin a record', () => {
    const frames = Array.from({ length: 40 }, (_, i) => `#${i} /app/a.php(${i}): f()`);
    const { format, entries } = readLog(['Starting', '2024-05-06 07:08:09 ERROR boom', ...frames]);
    expect(format).toBe('dated');
    expect(entries[1]!.draft).toMatchObject({ message: 'boom', stackTrace: frames.join('\n') });
  });
});

test('a record without a time has that of the record before it', () => {
  expect(read('2024-05-06 07:08:09 INFO one', 'INFO:root:two', '2024-05-06 07:08:10 INFO three')).toEqual([
    [1, 'own', '07:08:09', 'one'],
    [2, 'before', '07:08:09', 'two'],
    [3, 'own', '07:08:10', 'three'],
  ]);
});

/** Each run tries all formats. */
const RUNS = { numRuns: 40 };

describe('whatever the lines are', () => {
  const WORDS = [
    '',
    '  ',
    'plain text',
    '  indented',
    '\tat a.b(C.java:1)',
    'Traceback (most recent call last):',
    '  File "a.py", line 1, in x',
    'ValueError: no',
    'panic: x',
    'goroutine 1 [running]:',
    'main.main()',
    "thread 'main' panicked at a.rs:1:2:",
    'stack backtrace:',
    'Exception in thread "main" java.lang.X: y',
    'java.lang.IllegalStateException: y',
    'Caused by: a.B: c',
    '/app/a.js:3',
    '    ^',
    'During handling of the above exception, another exception occurred:',
    '#0 /a.php(1): f()',
    'Stack trace:',
    '{',
    '}',
    '"} ',
  ];
  const isKept = (line: string) => line.trim() !== '';
  const HEADS = [
    '2024-05-06 07:08:09 ERROR',
    '2024-05-06 07:08:09',
    '2024-05-06 07:08:09,123 - shop - ERROR -',
    'May  6 07:08:09 web-1 sshd[12]:',
    'ERROR:root:',
    'ERROR:',
    '[WARN]',
  ];
  const ENVELOPES = [
    '2024-05-06T07:08:09.123456789Z',
    'api-1  |',
    'db-1  |',
    '2024-05-06T07:08:09Z stdout F',
    '2024-05-06T07:08:09Z stderr F',
    '[pod/api-0/api]',
    'a.log:12:',
    '==> a.log <==',
  ];
  const token = (i: number) => `<${i}>`;
  const text = fc.oneof(
    fc.constantFrom(...WORDS),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((any) => any.replaceAll(/\s|[\u001b\0]/g, ' ')),
  );
  const lineOf = (heads: readonly string[]) =>
    fc.tuple(fc.array(fc.constantFrom(...heads), { maxLength: 2 }), text).map((parts) => parts.flat().join(' '));
  const inner = lineOf(HEADS);
  const line = lineOf([...HEADS, ...ENVELOPES]);
  const file = fc.array(line, { maxLength: 60 });

  test('each line is in exactly one record, in its order', () => {
    fc.assert(
      fc.property(file, (lines) => {
        const { entries } = readLog(lines.map((line, i) => (line.trim() === '' ? line : `${line} ${token(i)}`)));
        const all = entries.map(({ draft }) => JSON.stringify(draft));
        lines.forEach((line, i) => {
          if (line.trim() !== '') expect(all.filter((one) => one.includes(token(i)))).toHaveLength(1);
        });
      }),
      RUNS,
    );
  });

  test('plain lines are kept to the last character', () => {
    const words = fc.array(fc.constantFrom(...WORDS.filter((word) => word !== '{')), { maxLength: 40 });
    fc.assert(
      fc.property(words, (lines) => {
        const { entries } = readLog(lines);
        const kept = entries.flatMap(({ at, draft: { message, stackTrace } }, i) => {
          const count = lines.slice(at - 1, (entries[i + 1]?.at ?? Number.POSITIVE_INFINITY) - 1).filter(isKept).length;
          // The error after a traceback is in the message once more.
          const isWhole = stackTrace?.split('\n').filter(isKept).length === count;
          return isWhole ? [stackTrace] : [message ?? '', stackTrace ?? ''];
        });
        expect(
          kept
            .join('\n')
            .split('\n')
            .filter(isKept)
            .map((line) => line.trimEnd()),
        ).toEqual(lines.filter(isKept).map((line) => line.trimEnd()));
      }),
      RUNS,
    );
  });

  test('lines of several sources are read as if each stood in a file of its own', () => {
    const prefixed = (name: string) =>
      fc.array(
        inner.map((line) => `${name}  | ${line}`),
        { maxLength: 20 },
      );
    fc.assert(
      fc.property(prefixed('api-1'), prefixed('db-1'), fc.array(fc.boolean(), { maxLength: 40 }), (api, db, turns) => {
        const rest = { api: [...api], db: [...db] };
        const mixed = turns.map((turn) => (turn ? rest.api : rest.db).shift()).filter((line) => line !== undefined);
        mixed.push(...rest.api, ...rest.db);
        const messages = (lines: readonly string[], service: string) =>
          readLog(lines)
            .entries.filter(({ draft }) => draft.service === service)
            .map(({ draft: { message, stackTrace, errorType } }) => [message, stackTrace, errorType]);
        if (api.length > 0) expect(messages(mixed, 'api')).toEqual(messages(api, 'api'));
        if (db.length > 0) expect(messages(mixed, 'db')).toEqual(messages(db, 'db'));
      }),
      RUNS,
    );
  });
});
