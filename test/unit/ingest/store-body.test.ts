import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { BodyRejected } from '../../../src/errors.ts';
import { PART_ENTRIES_MAX } from '../../../src/ingest/http/body-parts.ts';
import { type BodyReading, createStoreBody, type StoreBody } from '../../../src/ingest/http/store-body.ts';
import type { Entry } from '../../../src/log-file/entries/entry.ts';
import { createTestIngest, type TestIngest } from '../../support/ingest.ts';

let weir: TestIngest;
let storeBody: StoreBody;
beforeAll(async () => {
  weir = await createTestIngest();
  storeBody = createStoreBody({ ingest: weir.ingest, bodyBytesMax: 16 * 1024 * 1024 });
});
afterAll(() => weir[Symbol.asyncDispose]());

const request = (body: string, headers: Record<string, string> = {}): Request =>
  new Request('http://weir/push', { method: 'POST', body: Buffer.from(body), headers });

/** A protocol that no route has: messages between semicolons; an empty one is rejected. */
const semicolons = (): BodyReading => ({
  format: {
    readerFor: (begin) => ({
      push: () => [],
      *end() {
        for (const [at, message] of begin.split(';').entries()) {
          if (message === '') yield { at, code: 'EMPTY', reason: 'expected a message' };
          else yield { at, size: message.length, draft: { message } };
        }
      },
    }),
  },
  defaults: { service: 'semicolons' },
});

const storedWith = async (tag: string) =>
  weir.database.sql`select message, service from system_logs where message like ${`${tag}%`} order by ts, uid`;

describe('a protocol that only decodes', () => {
  test('gets the result of its records, its rejections by their places, and its defaults', async () => {
    const tag = randomUUID();
    const { result, error } = await storeBody(request(`${tag} a;;${tag} b`), ANYONE, semicolons);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({
      accepted: 2,
      duplicates: 0,
      rejected: [{ at: 1, code: 'EMPTY' }],
      rejectedCount: 1,
      durability: 'DATABASE',
      cursor: expect.any(String),
    });
    expect(await storedWith(tag)).toMatchObject([
      { message: `${tag} a`, service: 'semicolons' },
      { message: `${tag} b`, service: 'semicolons' },
    ]);
  });

  test('has idempotency keys without knowing them', async () => {
    const tag = randomUUID();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await storeBody(request(tag, headers), ANYONE, semicolons);
    const repeated = { ...first, result: { ...first.result, replayed: true } };
    expect(await storeBody(request(tag, headers), ANYONE, semicolons)).toEqual(repeated);
    expect(await storedWith(tag)).toHaveLength(1);
    const { error } = await storeBody(request(`${tag} other`, headers), ANYONE, semicolons);
    expect(error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  test('gets its own error back, with a result in which nothing is accepted', async () => {
    const mine = new BodyRejected(415, 'NOT_MINE', 'expected semicolons');
    const outcome = await storeBody(request('x'), ANYONE, () => {
      throw mine;
    });
    expect(outcome).toMatchObject({ error: mine, result: { accepted: 0, durability: null, cursor: null } });
  });

  test('learns what is stored of a long body that turns out bad', async () => {
    const tag = randomUUID();
    const mine = new BodyRejected(400, 'TORN', 'expected an end');
    let read = 0;
    function* some(): Generator<Entry> {
      for (let at = 0; at < PART_ENTRIES_MAX && read < PART_ENTRIES_MAX; at++) {
        yield { at: read++, size: 1, draft: { message: `${tag} ${read}` } };
      }
    }
    const streamed = (): BodyReading => ({
      format: {
        readerFor: () => ({
          push: some,
          end() {
            throw mine;
          },
        }),
      },
      defaults: {},
    });
    const { result, error } = await storeBody(request('x'.repeat(5 * 1024 * 1024)), ANYONE, streamed);
    expect(error).toBe(mine);
    expect(result).toMatchObject({ accepted: PART_ENTRIES_MAX, durability: 'DATABASE' });
    expect(await storedWith(tag)).toHaveLength(PART_ENTRIES_MAX);
  });
});
