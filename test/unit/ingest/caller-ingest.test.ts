import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../../src/access/caller.ts';
import { createRecordRates } from '../../../src/access/record-rates.ts';
import { RateLimited } from '../../../src/errors.ts';
import { createIngestRoute } from '../../../src/ingest/http/ingest-route.ts';
import { createStoreBody } from '../../../src/ingest/http/store-body.ts';
import { createIngest } from '../../../src/ingest/write/ingest.ts';
import { createTestIngest, type TestIngest } from '../../support/ingest.ts';

let weir: TestIngest;
let route: ReturnType<typeof createIngestRoute>;
let servers = 1;
beforeAll(async () => {
  weir = await createTestIngest();
  const config = { maxAgeMs: 1e12, environment: 'production', deploymentVersion: 'v1', redactor: null };
  const ingest = createIngest(
    weir.batcher,
    config,
    createRecordRates(() => servers),
  );
  route = createIngestRoute(createStoreBody({ ingest, bodyBytesMax: 1024 * 1024 }));
});
afterAll(() => weir[Symbol.asyncDispose]());

const callerOf = (more: Partial<Caller> = {}): Caller => {
  const id = randomUUID();
  return { ...ANYONE, key: id, apiKey: { id, name: 'x', prefix: `weir_${id.slice(0, 4)}` }, ...more };
};

async function post(caller: Caller, records: object[], headers: Record<string, string> = {}) {
  const body = records.map((record) => JSON.stringify(record)).join('\n');
  const request = new Request('http://weir/ingest', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
  const response = await route(request, caller);
  return { status: response.status, headers: response.headers, ...((await response.json()) as { accepted: number }) };
}

const stored = (message: string) =>
  weir.database
    .sql`select service, environment, deployment_version, attributes from system_logs where message = ${message}`;

describe('a stamp', () => {
  const stamped = callerOf({ stamp: { service: 'billing', environment: 'staging', deploymentVersion: null } });

  test("wins over the sender's word, which is kept where it differs", async () => {
    const message = randomUUID();
    await post(stamped, [{ message, service: 'admin', environment: 'staging', deploymentVersion: 'v7' }]);
    expect(await stored(message)).toEqual([
      {
        service: 'billing',
        environment: 'staging',
        deployment_version: 'v7',
        attributes: { 'weir.sent': { service: 'admin' } },
      },
    ]);
  });

  test('leaves no trace where the sender said nothing, and nothing of the settings', async () => {
    const message = randomUUID();
    await post(stamped, [{ message }]);
    expect(await stored(message)).toEqual([
      { service: 'billing', environment: 'staging', deployment_version: 'v1', attributes: {} },
    ]);
  });

  test("moves what a sender wrote under the server's name", async () => {
    const message = randomUUID();
    await post(stamped, [{ message, service: 'x', attributes: { 'weir.sent': { service: 'forged' } } }]);
    const [row] = await stored(message);
    expect(row!.attributes).toEqual({ 'weir.sent': { service: 'x' }, 'weir.weir.sent': { service: 'forged' } });
  });

  test('of a service whose name is too long for its field leaves that name in the attributes', async () => {
    const message = randomUUID();
    const service = 'x'.repeat(2000);
    await post(stamped, [{ message, service }]);
    expect(await stored(message)).toMatchObject([{ service: 'billing', attributes: { service } }]);
  });
});

describe('idempotency keys', () => {
  test('of two API keys, and of none, never meet', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const messages = [randomUUID(), randomUUID(), randomUUID()];
    const first = callerOf();
    for (const [i, caller] of [first, callerOf(), ANYONE].entries()) {
      expect(await post(caller, [{ message: messages[i] }], key)).toMatchObject({ status: 200, accepted: 1 });
    }
    expect(await post(first, [{ message: 'other' }], key)).toMatchObject({ status: 422 });
    const again = await post(first, [{ message: messages[0] }], key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    for (const message of messages) expect(await stored(message!)).toHaveLength(1);
  });
});

describe('records a second', () => {
  const many = (count: number): object[] => Array.from({ length: count }, () => ({ message: 'x' }));

  test('may come at once for ten seconds and be overdrawn by one request; then 429 says when to send again', async () => {
    servers = 1;
    const caller = callerOf({ recordsPerSecond: 2 });
    expect(await post(caller, many(19))).toMatchObject({ status: 200, accepted: 19 });
    expect(await post(caller, many(41))).toMatchObject({ status: 200, accepted: 41 });
    const refused = await post(caller, many(1));
    expect(refused).toMatchObject({ status: 429, accepted: 0, error: { code: 'OVERLOADED' } });
    // 60 records, of which 20 at once: the other 40 take 20 s, less what has passed.
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(21);
    expect(await post(callerOf({ recordsPerSecond: 2 }), many(1))).toMatchObject({ status: 200 });
  });

  test('are shared evenly by the servers of a database', async () => {
    servers = 10;
    const caller = callerOf({ recordsPerSecond: 1 });
    expect(await post(caller, many(10))).toMatchObject({ status: 200 });
    expect(await post(caller, many(1))).toMatchObject({ status: 429 });
  });

  test('are an OVERLOADED error for those who ask by code', () => {
    servers = 1;
    const rates = createRecordRates(() => 1);
    const caller = callerOf({ recordsPerSecond: 1 });
    rates.take(caller, 11);
    expect(() => rates.check(caller)).toThrow(RateLimited);
    expect(new RateLimited('x', 2)).toMatchObject({ code: 'OVERLOADED', status: 429 });
  });
});
