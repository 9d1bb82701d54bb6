import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../support/needs.ts';
import { redisMissing, startRedis, type TestRedis } from '../support/redis.ts';
import { remove, startTestServer, temporaryFolder, until } from '../support/server.ts';

const SECRET = `ghp_${'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1234'}`;
const HIDDEN = '[redacted:github]';
const tagged = (tag: string) => ({
  message: `${tag} uses ${SECRET}`,
  timestamp: new Date().toISOString(),
  attributes: { headers: { authorization: 'Bearer hunter2' } },
});

let folder: string;
let redis: TestRedis | undefined;
beforeAll(async () => {
  folder = await temporaryFolder();
  if (redisMissing === undefined) redis = await startRedis(join(folder, 'redis'));
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await remove(folder);
});

/** The text of all files below. */
async function textBelow(dir: string): Promise<string> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

describe('a secret', () => {
  test('is neither stored nor published nor kept beside an idempotency key, by any way in over HTTP', async () => {
    await using weir = await startTestServer();
    const tags = Array.from({ length: 3 }, () => randomUUID());
    const rejected = JSON.stringify({ message: 'x', timestamp: '1901-01-01T00:00:00Z', attributes: SECRET });
    const body = `${JSON.stringify(tagged(tags[0]!))}\n"${SECRET}"\n${rejected}`;
    const response = await weir.ingest(body, {
      'content-type': 'application/x-ndjson',
      'idempotency-key': randomUUID(),
    });
    expect(await response.json()).toMatchObject({ accepted: 1, rejected: [{ line: 2 }, { line: 3 }] });
    expect((await weir.ingest(`${tags[1]} ${SECRET}`, { 'content-type': 'text/plain' })).status).toBe(200);
    const { data } = await weir.query(
      'mutation ($logs: [LogInput!]!, $key: String) { ingest(logs: $logs, idempotencyKey: $key) { accepted } }',
      { logs: [tagged(tags[2]!), { message: 'x', severityNumber: 99, attributes: SECRET }], key: randomUUID() },
    );
    expect(data).toEqual({ ingest: { accepted: 1 } });

    const rows = await weir.database.sql<{ message: string; attributes: object }[]>`
      select message, attributes from system_logs order by message`;
    expect(rows).toHaveLength(3);
    for (const { message, attributes } of rows) {
      expect(message).toContain(HIDDEN);
      expect(attributes).toHaveProperty(['weir.redacted']);
    }
    const kept = await weir.database.sql`select * from ingest_requests`;
    expect(kept).toHaveLength(2);
    expect(JSON.stringify([rows, kept])).not.toMatch(new RegExp(`${SECRET}|hunter2`));
  });

  test('is stored with REDACT=off', async () => {
    await using weir = await startTestServer({ REDACT: 'off' });
    await weir.ingest(JSON.stringify(tagged('open')));
    const [row] = await weir.database.sql`select message, attributes from system_logs`;
    expect(row).toMatchObject({ message: `open uses ${SECRET}`, attributes: tagged('').attributes });
  });
});

describe('the Redis queue', needs(redisMissing), () => {
  test('stores and dead-letters no secret, and QUEUE_STAMP wins over what its senders say', async () => {
    await using weir = await startTestServer({
      REDIS_URL: redis!.url,
      QUEUE_STAMP: 'environment=queue,service=jobs',
      FALLBACK_DIRECTORY: join(folder, 'spool'),
    });
    const client = new Redis(redis!.url);
    await client.xadd('logs_queue', '*', 'log', JSON.stringify({ ...tagged('queued'), service: 'mine' }));
    await client.xadd('logs_queue', '*', 'log', `{"password":"hunter2","message":"${SECRET}"`);
    await client.xadd('logs_queue', '*', 'log', JSON.stringify({ message: SECRET, timestamp: '1901-01-01T00:00:00Z' }));
    await until(async () => (await client.xlen('logs_queue')) === 0);
    client.disconnect();

    const [row] = await weir.database.sql`select message, service, environment, attributes from system_logs`;
    expect(row).toMatchObject({
      message: `queued uses ${HIDDEN}`,
      service: 'jobs',
      environment: 'queue',
      attributes: { 'weir.sent': { service: 'mine' }, 'weir.redacted': 2 },
    });
    const letters = await textBelow(join(folder, 'spool'));
    expect(letters.match(/"weir\.refused"/g)).toHaveLength(2);
    expect(letters).toContain(HIDDEN);
    expect(letters).not.toMatch(new RegExp(`${SECRET}|hunter2`));
  });
});
