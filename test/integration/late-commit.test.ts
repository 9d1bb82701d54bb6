import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startTestServer, until } from '../support/server.ts';
import { openTail } from '../support/tail.ts';

const line = (message: string): string => JSON.stringify({ message });

async function connected(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client(url);
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** Writers that wait for the commit lock. */
async function waiting(client: Client): Promise<number> {
  const { rows } = await client.query(`
    select count(*) from pg_locks join pg_database on pg_database.oid = database
    where locktype = 'advisory' and not granted and datname = current_database()`);
  return Number(rows[0].count);
}

test('no record is shown before one that comes before it, while the commit lock is held by somebody else', async () => {
  await using database = await createTestDatabase();
  await using holder = await connected(database.url);
  await using a = await startTestServer({}, database);
  await using b = await startTestServer({}, database);
  await using onA = await openTail(a.url);
  await using onB = await openTail(b.url);
  await holder.query('begin');
  await holder.query(`select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit'))`);
  const posted = [a.ingest(line('by a')), b.ingest(line('by b'))];
  await until(async () => (await waiting(holder)) === 2, 10_000, 'two writers that wait');
  expect([onA.messages(), onB.messages()]).toEqual([[], []]);
  await holder.query('commit');
  await Promise.all([...posted, onA.received(2), onB.received(2)]);
  expect(onA.messages().toSorted()).toEqual(['by a', 'by b']);
  expect(onB.messages()).toEqual(onA.messages());
});

test('a writer held between its number and its commit is not missed: nobody commits a higher number meanwhile', async () => {
  await using database = await createTestDatabase();
  await using server = await startTestServer({}, database);
  await server.ingest(line('before'));
  await using tail = await openTail(server.url, { backfill: 1 });
  await using slow = await connected(database.url);
  await using watching = await connected(database.url);
  await slow.query('begin');
  await slow.query(`
    insert into system_logs select (r).* from (
      select jsonb_populate_record(l, '{"message": "held", "uid": "00000000-0000-4000-8000-000000000001", "batch_id": 900000}') as r
      from system_logs l limit 1) as one`);
  await slow.query(`select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit'))`);
  const { rows } = await slow.query(`
    insert into ingest_batches (id, key, seq, from_ts, to_ts, rows)
    select 900000, gen_random_uuid(), nextval('ingest_batches_seq_seq'), min(ts), max(ts), 1 from system_logs
    where batch_id = 900000 returning seq`);
  const posted = server.ingest(line('after'));
  await until(async () => (await waiting(watching)) === 1, 10_000, 'the writer that waits');
  // A reader that joins now stands before the held number, and is not told of a higher one.
  await using late = await openTail(server.url);
  expect(late.messages()).toEqual([]);
  await slow.query('commit');
  await Promise.all([posted, tail.received(3), late.received(2)]);
  expect(tail.messages()).toEqual(['before', 'held', 'after']);
  expect(late.messages()).toEqual(['held', 'after']);
  await using again = await openTail(server.url, { after: tail.batches[0]!.cursor });
  await again.received(2);
  expect(again.messages()).toEqual(['held', 'after']);
  expect(Number(rows[0].seq)).toBe(2);
});

test('a number that was drawn and rolled back is passed over, live and in a replay', async () => {
  await using database = await createTestDatabase();
  await using server = await startTestServer({}, database);
  await using tail = await openTail(server.url);
  await using other = await connected(database.url);
  for (const message of ['one', 'two', 'three']) {
    await server.ingest(line(message));
    await other.query(`select nextval('ingest_batches_seq_seq')`);
  }
  await tail.received(3);
  await using again = await openTail(server.url, { after: tail.batches[0]!.cursor });
  await again.received(3);
  expect(tail.messages()).toEqual(['one', 'two', 'three']);
  expect(again.messages()).toEqual(['one', 'two', 'three']);
});
