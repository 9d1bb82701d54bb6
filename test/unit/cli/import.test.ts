import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServerAdapter } from '@whatwg-node/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { ingestUrl } from '../../../src/cli/client/api.ts';
import { type ImportKeys, keysOfContent, keysOfRun } from '../../../src/cli/import/import-keys.ts';
import { importLog, type Summary } from '../../../src/cli/import/import-log.ts';
import { createUploader } from '../../../src/cli/import/uploader.ts';
import { createIngestRoute } from '../../../src/ingest/http/ingest-route.ts';
import { createStoreBody } from '../../../src/ingest/http/store-body.ts';
import { readLogFile } from '../../../src/log-file/log-file.ts';
import { createTestIngest, type TestIngest } from '../../support/ingest.ts';
import { utcClock } from '../../support/log-lines.ts';

let weir: TestIngest;
beforeAll(async () => {
  weir = await createTestIngest();
});
afterAll(() => weir[Symbol.asyncDispose]());

/** `/ingest` on a port of its own; what `fault` answers is sent instead of the route's own answer, after it was given. */
async function serve(fault: (request: number) => Response | 'cut' | undefined = () => undefined) {
  const route = createIngestRoute(createStoreBody({ ingest: weir.ingest, bodyBytesMax: 32 * 1024 * 1024 }));
  let requests = 0;
  const server = createServer(
    createServerAdapter<{ res: import('node:http').ServerResponse }>(async (request, { res }) => {
      const answer = await route(request, ANYONE);
      const instead = fault(++requests);
      if (instead === 'cut') res.destroy();
      return instead === undefined || instead === 'cut' ? answer : instead;
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function* inChunks(text: string, bytes = 1000): AsyncGenerator<Uint8Array> {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes);
}

function run(
  url: string,
  text: string,
  retries: string[] = [],
  service?: string,
  keys: ImportKeys = keysOfRun(),
): Promise<Summary> {
  return importLog({
    entries: readLogFile({ bytes: inChunks(text), format: undefined, clock: utcClock, onFormat: () => {} }),
    keys,
    service,
    uploader: createUploader({
      url: ingestUrl(url),
      stop: new AbortController().signal,
      onRetry: (reason) => retries.push(reason),
    }),
    onStored: () => {},
  });
}

const stored = (service: string) =>
  weir.database.sql<{ message: string }[]>`select * from system_logs where service = ${service} order by ts, uid`;

describe('an import', () => {
  test('arrives in the order of the file, also if thousands of records have the same time', async () => {
    await using server = await serve();
    const lines = Array.from(
      { length: 10_500 },
      (_, i) => `2024-01-01 10:00:00,123 INFO [main] com.acme.Foo - step ${i}`,
    );
    expect(await run(server.url, lines.join('\r\n'), [], 'order')).toMatchObject({
      records: 10_500,
      duplicates: 0,
      rejected: 0,
      rejections: [],
    });
    expect(server.requests()).toBe(3);
    expect((await stored('order')).map(({ message }) => message)).toEqual(lines.map((_, i) => `step ${i}`));
  });

  test.each([
    ['lost', () => 'cut' as const],
    ['a 503', () => Response.json({ error: { code: 'OVERLOADED', message: 'too much' } }, { status: 503 })],
  ])('whose answer is %s is repeated, and stored once', async (name, fault) => {
    await using server = await serve((request) => (request === 2 ? fault() : undefined));
    const retries: string[] = [];
    const lines = Array.from({ length: 9_000 }, (_, i) => `Nov  1 00:00:01 web-1 app: ${i}`);
    expect(await run(server.url, lines.join('\n'), retries, name)).toMatchObject({ records: 9_000, rejected: 0 });
    expect(retries).toHaveLength(1);
    expect((await stored(name)).map(({ message }) => message)).toEqual(lines.map((_, i) => `${i}`));
  });

  test('keeps the order of the file among records of the same time, also if times go back and forth', async () => {
    await using server = await serve();
    const second = (i: number) => String(Math.floor(i / 700) % 60).padStart(2, '0');
    const lines = Array.from(
      { length: 30_000 },
      (_, i) => `2024-01-01 10:00:${second(i)} INFO [main] Foo - ${second(i)} ${i}`,
    );
    await run(server.url, lines.join('\n'), [], 'ties');
    const expected = lines.map((line, i) => `${line.slice(17, 19)} ${i}`);
    expected.sort((a, b) => Number(a.slice(0, 2)) - Number(b.slice(0, 2)) || Number(a.slice(3)) - Number(b.slice(3)));
    expect((await stored('ties')).map(({ message }) => message)).toEqual(expected);
  });

  test('reports a rejected record with its line in the file', async () => {
    await using server = await serve();
    const lines = [
      '{"message":"a","time":"1900-01-01T00:00:00Z"}',
      '',
      '{"message":"b"}',
      '{"message":"c","time":"1900-01-01T00:00:00Z"}',
    ];
    const summary = await run(server.url, lines.join('\n'));
    expect(summary).toMatchObject({ records: 1, rejected: 2 });
    expect(summary.rejections.map(({ line, code }) => [line, code])).toEqual([
      [1, 'TOO_OLD'],
      [4, 'TOO_OLD'],
    ]);
  });

  test('keeps all fields of a record', async () => {
    await using server = await serve();
    const line = '203.0.113.7 - ada [10/Oct/2025:13:55:36 -0700] "GET /a?b HTTP/1.1" 404 12 "-" "curl/8"';
    await run(server.url, line, [], 'web');
    expect((await stored('web'))[0]).toMatchObject({
      message: line,
      action: 'GET /a',
      user_id: 'ada',
      http_method: 'GET',
      http_path: '/a?b',
      http_status: 404,
      http_user_agent: 'curl/8',
      http_client_ip: '203.0.113.7',
      attributes: { protocol: 'HTTP/1.1', responseBytes: 12 },
    });
  });

  test('adds no field to a record', async () => {
    await using server = await serve();
    await run(server.url, 'a line', [], 'said');
    expect((await stored('said'))[0]).toHaveProperty('attributes', {});
  });

  test('of an empty file stores nothing', async () => {
    await using server = await serve();
    expect(await run(server.url, '')).toMatchObject({ records: 0, rejected: 0 });
    expect(server.requests()).toBe(0);
  });

  test('of the same file again stores nothing, and of the grown file only what is new', async () => {
    await using server = await serve();
    const lines = Array.from({ length: 5_200 }, (_, i) => `2024-01-01 10:00:00,123 INFO [main] Foo - step ${i}`);
    const importFirst = (count: number) =>
      run(server.url, lines.slice(0, count).join('\n'), [], 'grown', keysOfContent(Buffer.from('grown'), []));
    let before = 0;
    for (const count of [4_321, 4_321, 4_990, 5_200]) {
      expect([count, await importFirst(count)]).toMatchObject([
        count,
        { records: count - before, duplicates: before, storedBefore: before, rejected: 0 },
      ]);
      before = count;
    }
    expect((await stored('grown')).map(({ message }) => message)).toEqual(lines.map((_, i) => `step ${i}`));
  });

  test('that was interrupted continues where it ended', async () => {
    let broken = true;
    await using server = await serve((request) =>
      broken && request > 1 ? new Response('<html>', { status: 404 }) : undefined,
    );
    const text = Array.from({ length: 9_000 }, (_, i) => `Nov  1 00:00:01 web-1 app: ${i}`).join('\n');
    const keys = keysOfContent(Buffer.from('interrupted'), []);
    await expect(run(server.url, text, [], 'interrupted', keys)).rejects.toThrow('expected a Weir server');
    broken = false;
    const summary = await run(server.url, text, [], 'interrupted', keys);
    expect(summary.storedBefore).toBeGreaterThanOrEqual(4_000);
    expect(summary.records + summary.storedBefore).toBe(9_000);
    expect(await stored('interrupted')).toHaveLength(9_000);
  });

  test('of a last line that was only half written stores the whole line later', async () => {
    await using server = await serve();
    const keys = keysOfContent(Buffer.from('half'), []);
    await run(server.url, '2024-01-01 10:00:00 INFO [main] Foo - on', [], 'half', keys);
    const again = () => run(server.url, '2024-01-01 10:00:00 INFO [main] Foo - one', [], 'half', keys);
    expect(await again()).toMatchObject({ records: 1, storedBefore: 0 });
    expect(await again()).toMatchObject({ records: 0, storedBefore: 1 });
    expect((await stored('half')).map(({ message }) => message)).toEqual(['on', 'one']);
  });

  test('gives up if no server responds', async () => {
    const { url } = await (async () => {
      await using server = await serve();
      return { url: server.url };
    })();
    await expect(run(url, 'hello')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('connection refused'),
    });
  });

  test('stops at an error that a retry cannot fix', async () => {
    await using server = await serve(() => new Response('<html>', { status: 404 }));
    await expect(run(server.url, 'hello')).rejects.toThrow('expected a Weir server');
  });
});
