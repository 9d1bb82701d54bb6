import { describe, expect, test } from 'vitest';
import { createLane } from '../../../src/ingest/lane/lane.ts';
import { LineReader } from '../../../src/ingest/lane/line-reader.ts';
import type { Arrival } from '../../../src/log/record.ts';
import { createRedactor, NO_EXTRAS } from '../../../src/log/redact/redactor.ts';
import { ARRIVAL } from '../../support/records.ts';

const lane = (arrival: Partial<Arrival> = {}): ((line: unknown) => boolean) => {
  const { redactor = null } = arrival;
  const reader = new LineReader(redactor);
  const readLine = createLane(
    () => reader,
    () => ({ ...ARRIVAL, ...arrival }),
    {},
  );
  return (line) => {
    const bytes = Buffer.from(typeof line === 'string' ? line : JSON.stringify(line));
    return readLine(bytes, 0, bytes.length, 1) !== undefined;
  };
};
const TIME = '2026-11-21T11:59:58.123Z';

describe('the lane reads what loggers write:', () => {
  test.each<[string, unknown]>([
    ['pino', { level: 30, time: 1_763_755_600_123, pid: 7, hostname: 'web-1', reqId: 'r-1', msg: 'done' }],
    [
      'pino-http',
      {
        level: 30,
        time: 1_763_755_600_123,
        req: { id: 1, method: 'GET', url: '/orders?x=1', headers: { host: 'a', 'user-agent': 'curl/8' } },
        res: { statusCode: 200, headers: { 'content-type': 'text/html' } },
        responseTime: 12.5,
        msg: 'request completed',
      },
    ],
    [
      'an error of pino',
      { level: 50, time: 1_763_755_600_123, err: { type: 'E', message: 'm', stack: 'E: m\n    at f' } },
    ],
    ['winston', { level: 'info', message: 'it\'s "done"\n', timestamp: TIME, service: 'billing' }],
    ['Python', '{"timestamp": "2026-11-21 11:59:58.123", "level": "INFO", "message": "f\\u00fcr", "logger": "a.b"}'],
    [
      'zap',
      { level: 'info', ts: 1_763_755_600.123, logger: 'api', caller: 'main.go:7', msg: 'done', n: [1, { a: 2 }] },
    ],
    ['slog of Go', { time: '2026-11-21T11:59:58.123456789Z', level: 'WARN', msg: 'slow', elapsed: '1.5s' }],
  ])('%s', (_, line) => expect(lane({ redactor: createRedactor(NO_EXTRAS) })(line)).toBe(true));
});

describe('the lane leaves to others', () => {
  test.each<[string, unknown, Partial<Arrival>?]>([
    ['a uid of the sender', { uid: '0a0a0a0a-0000-4000-8000-000000000000', timestamp: TIME, message: 'a' }],
    ['a key twice', '{"message":"a","message":"b"}'],
    ['an object twice', '{"req":{"url":"/a"},"req":{"id":1}}'],
    ['two names of one field', { message: 'a', msg: 'b' }],
    ['a number that a double does not hold', '{"n":12345678901234567890}'],
    ['a number that is written otherwise', '{"n":1.0}'],
    ['a model call', { 'gen_ai.request.model': 'm' }],
    ['a shape', { short_message: 'a', version: '1.1', host: 'b' }],
    ['a time out of bounds', { timestamp: '2200-01-01T00:00:00Z' }],
    ['a duration that is not finite', { message: 'a', duration_s: '9'.repeat(305) }],
    ['NUL', '{"message":"\\u0000"}'],
    ['half of a letter', '{"message":"\\ud83d"}'],
    ['a text that is too long for its index', { service: 's'.repeat(1025) }],
    ['a line of more than 64 KiB', { message: 'm'.repeat(65_536) }],
    ['more than 128 values', Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`k${i}`, i]))],
    ['a long key', { ['k'.repeat(129)]: 1 }],
    ['deep JSON', `{"a":${'['.repeat(20)}${']'.repeat(20)}}`],
    [
      'another service than the stamp',
      { service: 'a' },
      { stamp: { service: 'b', environment: null, deploymentVersion: null } },
    ],
    ['a secret', { message: 'postgres://u:hunter2@h/d' }, { redactor: createRedactor(NO_EXTRAS) }],
    ['a secret by its name', { user: { password: 'x' } }, { redactor: createRedactor(NO_EXTRAS) }],
    [
      'all lines where an own pattern says what a secret is',
      { message: 'a' },
      { redactor: createRedactor({ ...NO_EXTRAS, patterns: ['z'] }) },
    ],
  ])('%s', (_, line, arrival) => expect(lane(arrival)(line)).toBe(false));

  test('bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"message":"'), Buffer.of(0xff), Buffer.from('"}')]);
    expect(
      createLane(
        () => new LineReader(null),
        () => ARRIVAL,
        {},
      )(bytes, 0, bytes.length, 1),
    ).toBeUndefined();
  });
});

describe('keys that never repeat', () => {
  const usual = { timestamp: TIME, level: 'info', message: 'usual' };
  const opened = (): ((line: object) => boolean) => {
    const reader = new LineReader(null);
    const readLine = createLane(
      () => reader,
      () => ARRIVAL,
      {},
    );
    return (line) => {
      const bytes = Buffer.from(JSON.stringify(line));
      return readLine(bytes, 0, bytes.length, 1) !== undefined;
    };
  };

  test('do not keep out those that do, also when they come first', () => {
    const read = opened();
    for (let i = 0; i < 1000; i++) read({ [`order-${i}`]: 1 });
    expect([read(usual), read({ 'order-1': 1 }), read(usual)]).toEqual([true, true, true]);
  });

  test('cost a bounded memory', () => {
    const read = opened();
    const memory = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const before = memory();
    for (let i = 0; i < 60_000; i++) {
      // Few children of each node, so that the tree grows in depth.
      const keys = [...i.toString(36)].map((digit, place) => [`${digit}${place}${'x'.repeat(100)}`, 1]);
      read(Object.fromEntries(keys));
      // What others take of the pool of buffers meanwhile.
      Buffer.from('z'.repeat(2000));
      if (i % 10_000 === 0) expect(read(usual)).toBe(true);
    }
    expect(memory() - before).toBeLessThan(200 * 1024 * 1024);
  });
});
