import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ENTRY_CHARACTERS_MAX,
  type QueueEntry,
  readEntry,
  timestampOfEntry,
} from '../../../src/ingest/redis/queue-entries.ts';
import { BATCH_CHARACTERS, COUNT_MAX, nextCount } from '../../../src/ingest/redis/redis-queue.ts';
import { arrivalAt } from '../../../src/log/record.ts';

const ARRIVAL = arrivalAt('2026-11-21T20:06:40.731905Z', {
  maxAgeMs: 86_400_000,
  environment: null,
  deploymentVersion: null,
  redactor: null,
});
const ID = `${Date.parse('2026-11-21T20:06:40.700Z')}-3`;
const read = (...fields: string[]) => readEntry({ id: ID, fields }, ARRIVAL);

test('a record without a time has that of its entry, held within the years that can be told', () => {
  expect(read('log', '{"message":"x"}').records[0]!.timestamp).toBe('2026-11-21T20:06:40.700000Z');
  expect(read('log', '{"message":"x"}').idempotency).toBeNull();
  expect(timestampOfEntry(`${2n ** 64n - 1n}-0`)).toBe('9999-12-31T23:59:59.999999Z');
});

test('an entry whose id lies in the far future has the server’s time, and a key by which it is stored once', () => {
  const readAs = (id: string, text: string) => readEntry({ id, fields: ['log', text] }, ARRIVAL);
  const one = readAs('9999999999999999-1', '{"message":"x"}');
  expect(one.records).toMatchObject([{ message: 'x', timestamp: ARRIVAL.receivedAt }]);
  expect(one.rejected).toEqual([]);
  const keys = [
    one,
    readAs('9999999999999999-1', '{"message":"x"}'),
    readAs('9999999999999999-2', '{"message":"x"}'),
    readAs('9999999999999999-1', '{"message":"y"}'),
  ].map(({ idempotency }) => idempotency!.key);
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
  const own = readAs('9999999999999999-3', '{"message":"x","timestamp":"2026-11-21T12:00:00Z"}');
  expect(own.records).toMatchObject([{ timestamp: '2026-11-21T12:00:00.000000Z' }]);
});

test('read again, an entry is the same records', () => {
  const twice = [1, 2].map(() => read('log', '[{"message":"a"},{"message":"b"}]', 'log', '{"message":"c"}').records);
  expect(twice[0]).toEqual(twice[1]);
  expect(new Set(twice[0]!.map(({ uid }) => uid)).size).toBe(3);
  for (const { uidGiven } of twice[0]!) expect(uidGiven).toBe(true);
});

test('an object of a collector is several records, which are the same when the entry is read again', () => {
  const object = {
    logEvents: [
      { id: 'a', timestamp: 1795291600731, message: '{"level":"error","msg":"one"}' },
      { id: 'b', timestamp: 1795291600732, message: 'Nov 21 20:06:40 web1 sshd[1]: two' },
    ],
  };
  const twice = [1, 2].map(() => read('log', JSON.stringify(object)).records);
  expect(twice[0]).toEqual(twice[1]);
  expect(twice[0]).toMatchObject([
    { message: 'one', severityNumber: 17, timestamp: '2026-11-21T20:06:40.731000Z' },
    { message: 'two', host: 'web1', component: 'sshd', timestamp: '2026-11-21T20:06:40.000000Z' },
  ]);
  expect(twice[0]![0]!.uid).not.toBe(twice[0]![1]!.uid);
});

test('an entry that is too long is rejected whole, and kept whole', () => {
  const text = JSON.stringify({ message: 'x'.repeat(ENTRY_CHARACTERS_MAX) });
  const { rejected } = read('log', text);
  expect(rejected).toMatchObject([{ raw: text, reason: expect.stringMatching(/^TOO_LARGE/) }]);
});

test('whatever an entry holds, each piece is a record or is rejected with its text', () => {
  const deep = `[${'['.repeat(50_000)}${']'.repeat(50_000)}]`;
  const value = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"message":${json}}`),
    fc.constant(deep),
  );
  const field = fc.tuple(fc.oneof(fc.constantFrom('log', 'message', '__proto__'), fc.string()), value);
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 3 }), (fields) => {
      const { records, rejected } = read(...fields.flat());
      expect(records.length + rejected.length).toBeGreaterThan(0);
      for (const { raw, reason } of rejected)
        expect([typeof raw, reason]).toEqual(['string', expect.stringMatching(/^[A-Z_]+: /)]);
    }),
  );
});

test('batches grow slowly and shrink at once, to fit their bytes', () => {
  const entries = (count: number, characters: number): QueueEntry[] =>
    Array.from({ length: count }, () => ({ id: ID, fields: ['', 'x'.repeat(characters)] }));
  expect(nextCount(100, entries(100, 50))).toBe(200);
  expect(nextCount(COUNT_MAX, entries(1, 50))).toBe(COUNT_MAX);
  expect(nextCount(COUNT_MAX, entries(10, BATCH_CHARACTERS / 8))).toBe(8);
  expect(nextCount(COUNT_MAX, entries(1, 2 * BATCH_CHARACTERS))).toBe(1);
});
