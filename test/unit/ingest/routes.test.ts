import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { deleteExpiredBatches } from '../../../src/db/cleanup/expired-batches.ts';
import { createBodyMemory } from '../../../src/ingest/http/body-memory.ts';
import { PART_ENTRIES_MAX } from '../../../src/ingest/http/body-parts.ts';
import { createIngestRoute } from '../../../src/ingest/http/ingest-route.ts';
import { createStoreBody } from '../../../src/ingest/http/store-body.ts';
import { createBatcher } from '../../../src/ingest/write/batcher.ts';
import { createIngest } from '../../../src/ingest/write/ingest.ts';
import { decodeTailCursor } from '../../../src/log/cursor.ts';
import { createTestIngest, type TestIngest } from '../../support/ingest.ts';

const BODY_BYTES_MAX = 2 * 1024 * 1024;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT = { 'content-type': 'text/plain' };

let weir: TestIngest;
let route: ReturnType<typeof createIngestRoute>;
beforeAll(async () => {
  weir = await createTestIngest();
  route = createIngestRoute(createStoreBody({ ingest: weir.ingest, bodyBytesMax: BODY_BYTES_MAX }));
});
afterAll(() => weir[Symbol.asyncDispose]());

interface Answered {
  accepted: number;
  duplicates: number | null;
  rejected: { line: number; code: string; reason: string }[];
  rejectedCount?: number;
  durability: string | null;
  cursor: string | null;
  error?: { code: string; message: string };
}

async function post(body: BodyInit, headers: Record<string, string> = {}, query = '', to = route) {
  // A body of bytes, so that no Content-Type is made up.
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const response = await to(
    new Request(`http://weir/ingest${query}`, { method: 'POST', body: bytes, headers }),
    ANYONE,
  );
  return { status: response.status, headers: response.headers, ...((await response.json()) as Answered) };
}

/** Different in each test, so that each finds its own records. */
const storedWith = async (tag: string) =>
  weir.database.sql`select * from system_logs where message like ${`${tag}%`} order by ts, uid`;

describe('POST /ingest', () => {
  test('one bad line never spoils its neighbours: each refusal names its line, a code and a reason', async () => {
    const tag = randomUUID();
    const body = [
      `{"message":"${tag} 1"}`,
      '{"message":',
      '',
      '[1]',
      '"x"',
      '{}',
      `{"message":"${tag} 2","timestamp":"1901-01-01T00:00:00Z"}`,
      `{"msg":"${tag} 3"}`,
    ];
    const answer = await post(body.join('\r\n'), NDJSON);
    expect(answer).toMatchObject({ status: 200, accepted: 2, duplicates: 0, durability: 'DATABASE' });
    expect(answer.rejected.map(({ line, code }) => [line, code])).toEqual([
      [2, 'INVALID_JSON'],
      [4, 'NOT_AN_OBJECT'],
      [5, 'NOT_AN_OBJECT'],
      [6, 'EMPTY_RECORD'],
      [7, 'TOO_OLD'],
    ]);
    expect(answer.rejected.every(({ reason }) => reason.startsWith('expected') || reason.startsWith('timestamp'))).toBe(
      true,
    );
    expect(answer).not.toHaveProperty('rejectedCount');
    expect(decodeTailCursor(answer.cursor!).seq).toBeGreaterThan(0);
    expect((await storedWith(tag)).map((row) => row.message)).toEqual([`${tag} 1`, `${tag} 3`]);
  });

  test('where nothing is acceptable the answer is 400 and of the same shape', async () => {
    expect(await post('nope\n', NDJSON)).toMatchObject({
      status: 400,
      accepted: 0,
      duplicates: 0,
      rejected: [{ line: 1, code: 'INVALID_JSON' }],
      durability: null,
      cursor: null,
    });
  });

  test.each([
    ['', NDJSON],
    ['\n \n', NDJSON],
    ['[]', JSON_TYPE],
    ['\n', JSON_TYPE],
    ['', {}],
    ['\n', TEXT],
  ])('%j holds nothing: 400', async (body, headers) => {
    expect(await post(body, headers as Record<string, string>)).toMatchObject({
      status: 400,
      accepted: 0,
      error: { code: 'EMPTY_BODY' },
    });
  });

  test.each([
    ['NDJSON', NDJSON, (tag: string) => `{"message":"${tag} 1"}\n{"message":"${tag} 2"}`],
    [
      'application/jsonl',
      { 'content-type': 'Application/JSONL; charset="UTF-8"' },
      (tag: string) => `{"message":"${tag} 1"}\n{"message":"${tag} 2"}`,
    ],
    ['a JSON array', JSON_TYPE, (tag: string) => `[{"message":"${tag} 1"},\n{"message":"${tag} 2"}]`],
    ['NDJSON called JSON', JSON_TYPE, (tag: string) => `{"message":"${tag} 1"}\n{"message":"${tag} 2"}\n`],
    ['plain lines', TEXT, (tag: string) => `${tag} 1\r\n\r\n${tag} 2`],
    ['NDJSON without a type', {}, (tag: string) => `\n{"message":"${tag} 1"}\n{"message":"${tag} 2"}`],
    ['a JSON array without a type', {}, (tag: string) => `[\n{"message":"${tag} 1"},{"message":"${tag} 2"}]`],
    ['plain lines without a type', {}, (tag: string) => `${tag} 1\n${tag} 2`],
  ])('%s', async (_, headers, bodyOf) => {
    const tag = randomUUID();
    expect(await post(bodyOf(tag), headers as Record<string, string>)).toMatchObject({
      status: 200,
      accepted: 2,
      rejected: [],
    });
    expect((await storedWith(tag)).map((row) => row.message)).toEqual([`${tag} 1`, `${tag} 2`]);
  });

  test('a JSON object over several lines is one record, with and without a type', async () => {
    const tag = randomUUID();
    const body = JSON.stringify({ message: tag, n: 1 }, null, 2);
    expect(await post(body, JSON_TYPE)).toMatchObject({ status: 200, accepted: 1 });
    expect(await post(body)).toMatchObject({ status: 200, accepted: 1 });
    expect(await storedWith(tag)).toHaveLength(2);
  });

  test('lines of text that begin with a bracket are lines of text', async () => {
    const tag = randomUUID();
    expect(await post(`[12:00] ${tag}\n{oops`)).toMatchObject({ status: 200, accepted: 2 });
  });

  test('the query names what records do not say of themselves', async () => {
    const tag = randomUUID();
    await post(`${tag} a`, TEXT, '?service=shop&component=cart&host=web-1&environment=test');
    await post(`{"message":"${tag} b","service":"own"}`, NDJSON, '?service=shop&host=web-1');
    const rows = await storedWith(tag);
    expect(rows[0]).toMatchObject({ service: 'shop', component: 'cart', host: 'web-1', environment: 'test' });
    expect(rows[1]).toMatchObject({ service: 'own', component: null, host: 'web-1' });
  });

  test('integers beyond 2^53 keep their digits, and what is not understood is kept', async () => {
    const tag = randomUUID();
    await post(`{"message":"${tag}","id":12345678901234567890,"level":"weird"}`, NDJSON);
    expect((await storedWith(tag))[0]).toMatchObject({ attributes: { id: '12345678901234567890', level: 'weird' } });
  });

  test('JSON too deep is refused and spares its neighbours', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const answer = await post(`{"message":"ok"}\n${deep}\n{"n":1234567890123456789,"d":${deep}}\n`, NDJSON);
    expect(answer.accepted).toBe(1);
    expect(answer.rejected.map(({ line, code }) => [line, code])).toEqual([
      [2, 'JSON_TOO_DEEP'],
      [3, 'JSON_TOO_DEEP'],
    ]);
  });

  test('a reason can be stored with an idempotency key, whatever was sent', async () => {
    const body = '{"message":"ok"}\n\0\ud800{"\0\n{"message":"ok"}\n';
    expect(await post(body, { ...NDJSON, 'idempotency-key': randomUUID() })).toMatchObject({
      accepted: 2,
      rejected: [{ line: 2 }],
    });
  });

  test('a body of several parts is stored whole and in order, and the cursor is after all of them', async () => {
    const tag = randomUUID();
    const count = PART_ENTRIES_MAX * 2 + 17;
    const lines = Array.from({ length: count }, (_, i) => `{"message":"${tag} ${i}"}`);
    lines[PART_ENTRIES_MAX + 5] = 'bad';
    const answer = await post(gzipSync(lines.join('\n')) as Uint8Array<ArrayBuffer>, {
      ...NDJSON,
      'content-encoding': 'gzip',
    });
    expect(answer).toMatchObject({ status: 200, accepted: count - 1, rejected: [{ line: PART_ENTRIES_MAX + 6 }] });
    expect((await storedWith(tag)).map((row) => Number(row.message.split(' ')[1]))).toEqual(
      Array.from({ length: count }, (_, i) => i).filter((i) => i !== PART_ENTRIES_MAX + 5),
    );
    const [head] = await weir.database.sql`select max(seq) as seq from ingest_batches`;
    expect(decodeTailCursor(answer.cursor!).seq).toBe(Number(head!.seq));
  });

  test('the same key is answered as the first time and stored once, whatever the number of parts', async () => {
    const tag = randomUUID();
    const headers = { ...NDJSON, 'idempotency-key': randomUUID() };
    const body = `oops\n${Array.from({ length: PART_ENTRIES_MAX + 1 }, (_, i) => `{"message":"${tag} ${i}"}`).join('\n')}`;
    const first = await post(body, headers);
    const again = await post(body, headers);
    expect(first).toMatchObject({ status: 200, accepted: PART_ENTRIES_MAX + 1, rejected: [{ line: 1 }] });
    expect({ ...again, headers: null }).toEqual({ ...first, headers: null });
    expect(await storedWith(tag)).toHaveLength(PART_ENTRIES_MAX + 1);
    expect(await post(`${body}\n{}`, headers)).toMatchObject({ status: 422, error: { code: 'IDEMPOTENCY_CONFLICT' } });
  });

  test('a key is answered as the first time for a day, however short cursors are kept', async () => {
    const tag = randomUUID();
    const headers = { ...NDJSON, 'idempotency-key': randomUUID() };
    const first = await post(`{"message":"${tag}"}`, headers);
    await post('{"message":"a later batch"}', NDJSON);
    await deleteExpiredBatches(weir.database.sql, 1);
    expect({ ...(await post(`{"message":"${tag}"}`, headers)), headers: null }).toEqual({ ...first, headers: null });
  });

  test('a key that is too long is refused', async () => {
    expect(await post('{"message":"x"}', { ...NDJSON, 'idempotency-key': 'k'.repeat(201) })).toMatchObject({
      status: 400,
      error: { code: 'BAD_USER_INPUT' },
    });
  });

  test('the same uid and time again is a duplicate', async () => {
    const body = JSON.stringify({ uid: randomUUID(), timestamp: new Date().toISOString(), message: randomUUID() });
    expect(await post(body, NDJSON)).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await post(body, NDJSON)).toMatchObject({ accepted: 1, duplicates: 1 });
  });

  test.each([
    ['application/xml', 'UNSUPPORTED_CONTENT_TYPE'],
    ['application/x-www-form-urlencoded', 'UNSUPPORTED_CONTENT_TYPE'],
    ['text/plain; charset=iso-8859-1', 'UNSUPPORTED_CONTENT_TYPE'],
    ['constructor', 'UNSUPPORTED_CONTENT_TYPE'],
  ])('%s is refused with 415', async (type, code) => {
    expect(await post('{"message":"x"}', { 'content-type': type })).toMatchObject({
      status: 415,
      accepted: 0,
      error: { code },
    });
  });

  test('a body past the bound is refused whole: nothing of it is stored', async () => {
    const tag = randomUUID();
    const line = `{"message":"${tag}"}\n`;
    const body = line.repeat(Math.ceil(BODY_BYTES_MAX / line.length) + 1);
    expect(await post(body, NDJSON)).toMatchObject({ status: 413, accepted: 0, error: { code: 'BODY_TOO_LARGE' } });
    expect(await storedWith(tag)).toHaveLength(0);
  });

  test('more rejections than an answer lists are counted', async () => {
    const answer = await post('x\n'.repeat(12_000), NDJSON);
    expect(answer).toMatchObject({ status: 400, rejectedCount: 12_000 });
    expect(answer.rejected).toHaveLength(10_000);
  });

  test('a server that takes nothing in answers 503 and when to come again', async () => {
    const batcher = createBatcher({ bytesMax: 1 });
    batcher.close();
    const closed = createIngestRoute(
      createStoreBody({
        ingest: createIngest(batcher, { maxAgeMs: 1e12, environment: null, deploymentVersion: null, redactor: null }),
        bodyBytesMax: BODY_BYTES_MAX,
      }),
    );
    const answer = await post('{"message":"x"}', NDJSON, '', closed);
    expect(answer).toMatchObject({ status: 503, accepted: 0, error: { code: 'OVERLOADED' } });
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]/);
  });

  test('bodies that come at the same time are bounded together, and free their room again', async () => {
    const small = createIngestRoute(
      createStoreBody({ ingest: weir.ingest, bodyBytesMax: 1_000, memory: createBodyMemory(8_000) }),
    );
    const body = `{"message":"${'x'.repeat(900)}"}`;
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(body, NDJSON, '', small)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    expect(statuses).toContain(503);
    expect(await post(body, NDJSON, '', small)).toMatchObject({ status: 200 });
  });
});
