import { describe, expect, test } from 'vitest';
import { readLog } from '../../support/log-lines.ts';

/** What the records say, without what they leave open. */
const read = (...lines: string[]) => {
  const { format, entries } = readLog(lines);
  const records = entries.map(({ draft }) =>
    Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== null && value !== undefined)),
  );
  return { format, records };
};
const messages = (...lines: string[]) => read(...lines).records.map(({ message }) => message);

describe('envelopes are peeled, and the line inside is read', () => {
  test.each([
    [
      'docker compose',
      'api-1  | 2024-05-06 07:08:09 ERROR boom',
      { service: 'api', attributes: { container: 'api-1' } },
    ],
    [
      'docker compose',
      '\u001b[36mapi-1  | \u001b[0m2024-05-06 07:08:09 \u001b[31mERROR\u001b[0m boom',
      { service: 'api', attributes: { container: 'api-1' } },
    ],
    [
      'docker service',
      'shop_api.2.x6qdabcdefghijklmnopqrstu@node-1    | 2024-05-06 07:08:09 ERROR boom',
      { service: 'shop_api', host: 'node-1', attributes: { replica: '2' } },
    ],
    [
      'kubectl --prefix',
      '[pod/api-7d9f8b6c5-x2x9z/main] 2024-05-06 07:08:09 ERROR boom',
      { service: 'api', attributes: { pod: 'api-7d9f8b6c5-x2x9z', container: 'main' } },
    ],
    [
      'kubectl --prefix lines of timestamped',
      '[pod/db-0/main] 2024-05-06T07:08:11.123456789Z 2024-05-06 07:08:09 ERROR boom',
      { service: 'db', attributes: { pod: 'db-0', container: 'main' } },
    ],
    [
      'stern',
      'api-7d9f8b6c5-x2x9z main 2024-05-06 07:08:09 ERROR boom',
      { service: 'api', attributes: { pod: 'api-7d9f8b6c5-x2x9z', container: 'main' } },
    ],
    [
      'container runtime (CRI)',
      '2024-05-06T07:08:11.1Z stderr F 2024-05-06 07:08:09 ERROR boom',
      { attributes: { stream: 'stderr' } },
    ],
    [
      'docker json-file',
      '{"log":"2024-05-06 07:08:09 ERROR boom\\n","stream":"stderr","time":"2024-05-06T07:08:11.1Z"}',
      { attributes: { stream: 'stderr' } },
    ],
    ['grep', 'logs/app.log:12:2024-05-06 07:08:09 ERROR boom', { attributes: { file: 'logs/app.log', fileLine: 12 } }],
    ['grep', '/var/log/app:2024-05-06 07:08:09 ERROR boom', { attributes: { file: '/var/log/app' } }],
    [
      'foreman',
      '07:08:11 web.1    | 2024-05-06 07:08:09 ERROR boom',
      { service: 'web', attributes: { process: 'web.1' } },
    ],
    ['pm2', '0|api  | 2024-05-06 07:08:09 ERROR boom', { service: 'api', attributes: { process: '0' } }],
    [
      'heroku',
      '2024-05-06T07:08:11.123456+00:00 app[web.1]: 2024-05-06 07:08:09 ERROR boom',
      { component: 'web.1', attributes: { source: 'app' } },
    ],
    [
      'fly',
      '2024-05-06T07:08:11Z app[148ed] ord [info]2024-05-06 07:08:09 ERROR boom',
      { host: '148ed', attributes: { region: 'ord' } },
    ],
    [
      'aws logs',
      '2024-05-06T07:08:11.123000+00:00 2024/05/06/[$LATEST]0123456789abcdef0123456789abcdef 2024-05-06 07:08:09 ERROR boom',
      { attributes: { logStream: '2024/05/06/[$LATEST]0123456789abcdef0123456789abcdef' } },
    ],
  ])('%s: %s', (name, line, outer) => {
    const { format, records } = read(line);
    expect(format).toBe(`${name} lines of dated`);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber: 17,
      message: 'boom',
      ...outer,
    });
  });

  test('the headings of tail say the file of the lines after them', () => {
    const { records } = read('==> a.log <==', 'hello', '', '==> b.log <==', 'you');
    expect(records).toEqual([
      { message: 'hello', attributes: { file: 'a.log' } },
      { message: 'you', attributes: { file: 'b.log' } },
    ]);
  });

  test('the outer time serves where the line has none, and then a level at its head leaves the message', () => {
    const time = '2024-05-06T07:08:09.123456789Z';
    expect(read(`${time} ERROR: no disk`, `${time} ready`, `${time} {"level":"warn","msg":"slow"}`)).toEqual({
      format: 'timestamped lines of ndjson',
      records: [
        { timestamp: '2024-05-06T07:08:09.123456Z', severityNumber: 17, message: 'no disk' },
        { timestamp: '2024-05-06T07:08:09.123456Z', message: 'ready' },
        { timestamp: '2024-05-06T07:08:09.123456Z', severityNumber: 13, message: 'slow', attributes: {} },
      ],
    });
  });

  test('colours leave text, and stay in the message of a JSON record', () => {
    expect(messages('\u001b[1m\u001b[32mgreen\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007')).toEqual([
      'green link',
    ]);
    expect(messages('{"msg":"\\u001b[32mgreen\\u001b[0m"}')).toEqual(['\u001b[32mgreen\u001b[0m']);
  });

  test('a line without the envelope is read as it is', () => {
    const { records } = read('api-1  | one', 'api-1  | two', 'api-1  | three', 'api-1 exited with code 1');
    expect(records.at(-1)).toEqual({ message: 'api-1 exited with code 1' });
  });

  test.each([
    ['a level and a bar', ['INFO  | a', 'WARN  | b']],
    ['words', ['starting the server', 'api main is up', 'worker-x one two']],
    ['a date and a bar', ['2024-05-06 | a', '2024-05-07 | b']],
  ])('%s are no envelope', (_, lines) => {
    expect(readLog(lines).format).not.toContain('lines of');
  });
});

describe('sources', () => {
  test('whose lines stand among each other keep their traces whole', () => {
    const { records } = read(
      'api-1  | 2024-05-06 07:08:09 ERROR boom',
      'db-1   | 2024-05-06 07:08:09 INFO one',
      'api-1  | java.lang.IllegalStateException: no',
      'db-1   | 2024-05-06 07:08:10 INFO two',
      'api-1  | \tat c.e.App.main(App.java:3)',
      'db-1   | 2024-05-06 07:08:11 INFO three',
    );
    const api = records.filter(({ service }) => service === 'api');
    expect(api).toHaveLength(1);
    expect(api[0]).toMatchObject({ errorType: 'java.lang.IllegalStateException', message: 'boom' });
    expect(records.map(({ message }) => message).sort()).toEqual(['boom', 'one', 'three', 'two']);
  });

  test('have formats of their own', () => {
    expect(
      read(
        'web-1  | 10.0.0.1 - - [06/May/2024:07:08:12 +0000] "GET / HTTP/1.1" 502 1 "-" "-"',
        'api-1  | {"level":"error","msg":"boom"}',
      ).format,
    ).toBe('docker compose lines of access and ndjson');
  });

  test('that are silent for 1,000 lines have no open record: a later line begins one', () => {
    const { records } = read(
      'api-1  | Error: boom',
      ...Array.from({ length: 1_002 }, (_, i) => `db-1  | line ${i}`),
      'api-1  |     at late (a.js:1:2)',
    );
    expect(records[0]).toMatchObject({ message: 'line 0' });
    expect(records.filter(({ service }) => service === 'api').map(({ message }) => message)).toEqual([
      'Error: boom',
      '    at late (a.js:1:2)',
    ]);
  });

  test('beyond 256 end the record of the one that is silent for longest', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `s${i}x | Error: ${i}`);
    const { records } = read(...lines, 's0x |     at late (a.js:1:2)', 's299x |     at main (a.js:1:2)');
    expect(records).toHaveLength(301);
    expect(records.find(({ message }) => message === 'Error: 299')?.stackTrace).toBe('    at main (a.js:1:2)');
    expect(records.find(({ message }) => message === 'Error: 0')).not.toHaveProperty('stackTrace');
  });
});

describe('a line in parts', () => {
  const time = '2024-05-06T07:08:09.1Z';

  test('is joined to the next one of its stream', () => {
    expect(
      messages(
        `${time} stdout P first, `,
        `${time} stderr F other`,
        `${time} stdout P second, `,
        `${time} stdout F third`,
      ),
    ).toEqual(['first, second, third', 'other']);
  });

  test('is joined where Docker split it', () => {
    const line = (log: string) => JSON.stringify({ log, stream: 'stdout', time });
    expect(messages(line('first, '), line('second\r\n'), line('next\n'))).toEqual(['first, second', 'next']);
  });

  test('that never ends is kept', () => {
    expect(messages(`${time} stdout F a`, `${time} stdout P only a part`)).toEqual(['a', 'only a part']);
  });

  test('that is longer than a record may be becomes several records', () => {
    const part = 'x'.repeat(100_000);
    const read = messages(...Array.from({ length: 25 }, () => `${time} stdout P ${part}`)) as string[];
    expect(read.length).toBeGreaterThan(1);
    expect(read.join('')).toBe(part.repeat(25));
  });
});
