import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { PART_ENTRIES_MAX } from '../../../src/ingest/http/body-parts.ts';
import { meteredStoreBody } from '../../../src/ingest/http/metered-store-body.ts';
import { canOnlyBeRepeat, countTime, noTimes } from '../../../src/ingest/http/record-times.ts';
import { type BodyReading, createStoreBody, type StoreBody } from '../../../src/ingest/http/store-body.ts';
import { type Timestamp, timestampFromMicros, timestampFromMs } from '../../../src/log/time.ts';
import { ndjsonFormat } from '../../../src/log-file/formats/ndjson.ts';
import { createTestIngest, type TestIngest } from '../../support/ingest.ts';

let weir: TestIngest;
let storeBody: StoreBody;
beforeAll(async () => {
  weir = await createTestIngest();
  storeBody = createStoreBody({ ingest: weir.ingest, bodyBytesMax: 16 * 1024 * 1024 });
});
afterAll(() => weir[Symbol.asyncDispose]());

const once = (): BodyReading => ({ format: ndjsonFormat, defaults: {}, storesRepeatsOnce: true });
const whole = (): BodyReading => ({
  ...once(),
  format: {
    entriesOf: (body) => {
      const reader = ndjsonFormat.readerFor('', true);
      return [reader.push(body), reader.end()];
    },
  },
});

const FINE = '2026-11-21T20:06:40.123Z';
const WHOLE = '2026-11-21T20:06:40.000Z';
const bodyOf = (tag: string, ...times: (string | null)[]): string =>
  times.map((time, i) => JSON.stringify({ message: `${tag} ${i}`, ...(time ? { time } : {}) })).join('\n');

interface Sending {
  store?: StoreBody;
  reading?: () => BodyReading;
  path?: string;
  headers?: Record<string, string>;
}
const send = (body: string, { store = storeBody, reading = once, path = '/push', headers = {} }: Sending = {}) =>
  store(new Request(`http://weir${path}`, { method: 'POST', body: Buffer.from(body), headers }), ANYONE, reading);
const stored = async (tag: string): Promise<number> => {
  const [row] = await weir.database.sql<{ count: number }[]>`
    select count(*)::int as count from system_logs where message like ${`${tag}%`}`;
  return row!.count;
};

describe('a body that comes again byte by byte', () => {
  test.each([
    ['read as it comes', once],
    ['read whole', whole],
  ])('is stored once if its records have times of milliseconds: %s', async (_, reading) => {
    const tag = randomUUID();
    const first = await send(bodyOf(tag, FINE, FINE), { reading });
    expect(first.result).toMatchObject({ accepted: 2, replayed: false });
    expect(await send(bodyOf(tag, FINE, FINE), { reading })).toEqual({ result: { ...first.result, replayed: true } });
    expect(await stored(tag)).toBe(2);
  });

  test('gets its first rejections again', async () => {
    const tag = randomUUID();
    const body = `${bodyOf(tag, FINE)}\nnot JSON ${tag}`;
    const first = await send(body);
    expect(first.result.rejected).toMatchObject([{ at: 2, code: 'INVALID_JSON' }]);
    expect(await send(body)).toEqual({ result: { ...first.result, replayed: true } });
  });

  test('is stored once in all its parts', async () => {
    const tag = randomUUID();
    const body = bodyOf(tag, ...Array.from({ length: PART_ENTRIES_MAX + 1 }, () => FINE));
    await send(body);
    expect((await send(body)).result).toMatchObject({ accepted: PART_ENTRIES_MAX + 1, replayed: true });
    expect(await stored(tag)).toBe(PART_ENTRIES_MAX + 1);
  });

  test.each([
    ['one of its records has a time of seconds', bodyOf('', FINE, WHOLE), {}],
    ['one of its records has no time', bodyOf('', FINE, null), {}],
    ['a record of a later part has no time', bodyOf('', ...Array(PART_ENTRIES_MAX).fill(FINE), null), {}],
    [
      'its protocol has keys of its own',
      bodyOf('', FINE),
      { reading: () => ({ ...once(), storesRepeatsOnce: false }) },
    ],
  ])('is stored as often as it comes if %s', async (_, text, sending: Sending) => {
    const tag = randomUUID();
    const body = text.replaceAll('"message":"', `"message":"${tag}`);
    await send(body, sending);
    await send(body, sending);
    expect(await stored(tag)).toBe(2 * body.split('\n').length);
  });

  test('is stored as often as it comes if it is stored in parts while it comes', async () => {
    const tag = randomUUID();
    const body = `${bodyOf(tag, FINE, FINE)}\n${' '.repeat(5 * 1024 * 1024)}`;
    await send(body);
    await send(body);
    expect(await stored(tag)).toBe(4);
  });

  test('is stored as often as it comes with RECEIVER_DEDUPE=false', async () => {
    const store = createStoreBody({ ingest: weir.ingest, bodyBytesMax: 1024, mayDedupe: false });
    const tag = randomUUID();
    for (let i = 0; i < 2; i++) await send(bodyOf(tag, FINE), { store });
    expect(await stored(tag)).toBe(2);
  });

  test('is another one with another path, query or tenant', async () => {
    const tag = randomUUID();
    const others: Sending[] = [
      {},
      { path: '/other' },
      { path: '/push?a=1' },
      { reading: () => ({ ...once(), tenant: 'blue' }) },
    ];
    for (const other of others) await send(bodyOf(tag, FINE), other);
    expect(await stored(tag)).toBe(4);
  });

  test('goes by its Idempotency-Key if it has one', async () => {
    const tag = randomUUID();
    for (let i = 0; i < 2; i++) {
      await send(bodyOf(tag, FINE), { headers: { 'idempotency-key': randomUUID() } });
    }
    expect(await stored(tag)).toBe(2);
  });

  test('counts as duplicates', async () => {
    const counted: number[] = [];
    const store = meteredStoreBody(
      { ingest: weir.ingest, bodyBytesMax: 1024 },
      { accepted: ({ duplicates }) => counted.push(duplicates), rejected: () => {}, failed: () => {} },
    );
    const body = bodyOf(randomUUID(), FINE, FINE);
    for (let i = 0; i < 2; i++) await send(body, { store });
    expect(counted).toEqual([0, 2]);
  });
});

describe('a body can only be a repeat', () => {
  const judged = (times: (Timestamp | undefined)[]): boolean => {
    const counts = noTimes();
    for (const time of times) countTime(counts, time);
    return canOnlyBeRepeat(counts);
  };
  const seconds = fc.integer({ min: 0, max: 2_000_000_000 });
  const secondTimes = fc.array(seconds.map((second) => timestampFromMs(second * 1000)));
  const microTimes = fc
    .tuple(seconds, fc.integer({ min: 1, max: 999_999 }))
    .map(([second, micros]) => timestampFromMicros(BigInt(second) * 1_000_000n + BigInt(micros)));

  test('never if its records have times of seconds, or one has none', () => {
    fc.assert(fc.property(secondTimes, (times) => !judged(times)));
    fc.assert(fc.property(fc.array(microTimes), fc.nat(), (times, at) => !judged(times.toSpliced(at, 0, undefined))));
  });

  test('if every time is finer than a second', () => {
    fc.assert(fc.property(fc.array(microTimes, { minLength: 1 }), judged));
  });

  test('with one whole second in ten, but not with more', () => {
    fc.assert(
      fc.property(fc.array(microTimes, { maxLength: 60 }), secondTimes, (fine, whole) => {
        const all = fine.length + whole.length;
        return judged([...fine, ...whole]) === (all > 0 && whole.length * 10 <= all);
      }),
    );
  });

  test('if the protocol has a finer time beside the time of the line', () => {
    const counts = noTimes();
    countTime(counts, timestampFromMs(1_000_000), timestampFromMs(1_000_123));
    expect(canOnlyBeRepeat(counts)).toBe(true);
  });
});
