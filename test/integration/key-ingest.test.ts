import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';

const INGEST = 'mutation ($logs: [LogInput!]!) { ingest(logs: $logs) { accepted } }';

let server: KeyServer;
beforeAll(async () => {
  server = await startKeyServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('the stamp of a key is on what it stores, over HTTP and GraphQL alike', async () => {
  const { key } = await makeKeyIn(server.database, ['INGEST'], { stamp: { service: 'billing' } });
  const [posted, mutated] = [randomUUID(), randomUUID()];
  const response = await server.as(key).ingest(JSON.stringify({ message: posted, service: 'admin' }));
  expect(response.status).toBe(200);
  const { data } = await server.as(key).query(INGEST, { logs: [{ message: mutated, service: 'admin' }] });
  expect(data).toEqual({ ingest: { accepted: 1 } });
  const rows = await server.database.sql`
    select service, attributes from system_logs where message = any(${[posted, mutated]}::text[])`;
  const stamped = { service: 'billing', attributes: { 'weir.sent': { service: 'admin' } } };
  expect(Array.from(rows)).toEqual([stamped, stamped]);
});

test('the rate of a key holds over HTTP and GraphQL together; another key is not touched by it', async () => {
  const slow = await makeKeyIn(server.database, ['INGEST'], { recordsPerSecond: 1 });
  const other = await makeKeyIn(server.database, ['INGEST']);
  const many = Array.from({ length: 1000 }, (_, n) => JSON.stringify({ message: `record ${n}` })).join('\n');
  // One request may take more than the bucket holds.
  expect((await server.as(slow.key).ingest(many)).status).toBe(200);
  const refused = await server.as(slow.key).ingest('{"message":"too many"}');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const { errors } = await server.as(slow.key).query(INGEST, { logs: [{ message: 'too many' }] });
  expect(errors?.[0]?.extensions.code).toBe('OVERLOADED');
  expect((await server.as(other.key).ingest('{"message":"of another key"}')).status).toBe(200);
});

test('the same idempotency key of two API keys is two requests', async () => {
  const keys = [await makeKeyIn(server.database, ['INGEST']), await makeKeyIn(server.database, ['INGEST'])];
  const message = randomUUID();
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  for (const { key } of [...keys, ...keys]) {
    const response = await fetch(`${server.url}/ingest`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${key}` },
      body: JSON.stringify({ message }),
    });
    expect(await response.json()).toMatchObject({ accepted: 1 });
  }
  const [row] = await server.database.sql`select count(*)::int as n from system_logs where message = ${message}`;
  expect(row!.n).toBe(2);
});
