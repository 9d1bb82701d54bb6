import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiError } from '../../../src/cli/client/api.ts';
import { reconnectingTail } from '../../../src/cli/tail/reconnecting-tail.ts';
import { ConnectionLost, subscribe } from '../../../src/cli/tail/subscription.ts';
import { Records, startTailServer, type TailServer } from './tail-server.ts';

const PATIENCE_MS = 10_000;

let records: Records;
let server: TailServer;
let stop: AbortController;

beforeEach(async () => {
  records = new Records();
  server = await startTailServer(records);
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await server.kill();
});

/** A tail that is being read, and what it has shown and said. */
function reading(options: { after?: string; backfill?: number; query?: string; url?: string } = {}) {
  const shown: string[] = [];
  const said: string[] = [];
  const ended = (async () => {
    const { query } = options;
    const batches = reconnectingTail({
      url: options.url ?? server.url,
      filter: query === undefined ? undefined : { query },
      after: options.after,
      backfill: options.backfill ?? 0,
      stop: stop.signal,
      say: (sentence) => said.push(sentence),
    });
    for await (const batch of batches) shown.push(...batch.logs.map(({ message }) => message));
  })();
  ended.catch(() => {});
  return { shown, said, ended };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${condition}`);
    await sleep(5);
  }
}

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `m${from + i}`);

test('a server that is killed and restarted in the middle of a stream causes no missing and no duplicate record', async () => {
  const tail = reading({ after: '0' });
  let added = 0;
  for (let life = 1; life <= 4; life++) {
    for (let i = 0; i < 40; i++) {
      records.add(...numbered(added, added + 5));
      added += 5;
      if (i % 8 === 0) await sleep(1);
    }
    await until(() => tail.shown.length > added - 150);
    await server.kill();
    records.add(...numbered(added, added + 7));
    added += 7;
    server = await startTailServer(records, { port: server.port });
  }
  await until(() => tail.shown.length >= added);
  await sleep(50);
  expect(tail.shown).toEqual(numbered(0, added));
  expect(tail.said).toEqual(Array(4).fill(['-- connection lost, waiting --', '-- connected again --']).flat());
}, 30_000);

test('a subscription that the server completes is continued where it ended', async () => {
  records.batchesPerSubscription = 2;
  records.add(...numbered(0, 15));
  const tail = reading({ after: '0' });
  await until(() => tail.shown.length >= 15);
  expect(tail.shown).toEqual(numbered(0, 15));
});

test('a normal closure, after which graphql-ws alone would send the operation again, repeats nothing', async () => {
  records.add(...numbered(0, 10));
  const tail = reading({ after: '0' });
  await until(() => tail.shown.length >= 10);
  server.closeSockets(1000);
  await until(() => tail.said.includes('-- connected again --'));
  records.add('m10');
  await until(() => tail.shown.length > 10);
  expect(tail.shown).toEqual(numbered(0, 11));
});

test('backfill comes once, not at each new connection', async () => {
  records.add(...numbered(0, 10));
  const tail = reading({ backfill: 3 });
  await until(() => tail.shown.length >= 3);
  server.closeSockets(1001);
  await until(() => tail.said.includes('-- connected again --'));
  records.add('m10');
  await until(() => tail.shown.length >= 4);
  expect(tail.shown).toEqual(numbered(7, 11));
});

test('a long outage is reported once', async () => {
  const tail = reading({ after: '0' });
  records.add('m0');
  await until(() => tail.shown.length === 1);
  const { port } = server;
  await server.kill();
  await sleep(1500);
  expect(tail.said).toEqual(['-- connection lost, waiting --']);
  server = await startTailServer(records, { port });
  await until(() => tail.said.length > 1);
  expect(tail.said).toEqual(['-- connection lost, waiting --', '-- connected again --']);
});

test('a cursor that expired during an outage is reported, and the tail continues with new records', async () => {
  records.add(...numbered(0, 4));
  const tail = reading({ after: '0' });
  await until(() => tail.shown.length === 4);
  await server.kill();
  records.add('lost');
  records.keptFrom = 5;
  server = await startTailServer(records, { port: server.port });
  await until(() => tail.said.includes('-- connected again --'));
  records.add('new');
  await until(() => tail.shown.length > 4);
  expect(tail.shown).toEqual([...numbered(0, 4), 'new']);
  expect(tail.said[1]).toContain('no longer keeps');
});

test('a cursor that is expired at the start is an error', async () => {
  records.add(...numbered(0, 4));
  records.keptFrom = 3;
  const error = await reading({ after: '1' }).ended.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'CURSOR_EXPIRED', message: 'no longer kept' });
});

test("a filter that the server rejects is the server's error with its code", async () => {
  const error = await reading({ query: ')' }).ended.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'QUERY_SYNTAX' });
});

test('a server that cannot be reached at the start is an error at once', async () => {
  const { url } = server;
  await server.kill();
  const error = await reading({ url }).ended.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectionLost);
  expect((error as Error).message).toContain(`cannot reach ${url}: connection refused`);
  server = await startTailServer(records);
});

test('stop ends a tail that waits for records, and one that waits for its server', async () => {
  const tail = reading({ after: '0' });
  records.add('m0');
  await until(() => tail.shown.length === 1);
  stop.abort();
  await tail.ended;

  stop = new AbortController();
  const waiting = reading({ after: '0' });
  await until(() => waiting.shown.length === 1);
  const { port } = server;
  await server.kill();
  await until(() => waiting.said.length === 1);
  stop.abort();
  await waiting.ended;
  server = await startTailServer(records, { port });
});

test('a slow reader slows the server down: not everything is read into memory', async () => {
  const batches = 2000;
  await server.kill();
  server = await startTailServer(records, { port: server.port, batchSize: 1 });
  records.add(...Array.from({ length: batches }, () => 'x'.repeat(50_000)));
  const query = 'subscription { tail(after: "0") { cursor logs { message } } }';
  const answers = subscribe<{ tail: { cursor: string } }>(server.url, { query }, stop.signal);
  await answers.next();
  let before = -1;
  while (before !== records.sent) {
    before = records.sent;
    await sleep(200);
  }
  expect(records.sent).toBeLessThan(batches / 2);
  let last = '';
  for await (const { tail } of answers) {
    last = tail.cursor;
    if (last === String(batches)) break;
  }
  expect(last).toBe(String(batches));
});
