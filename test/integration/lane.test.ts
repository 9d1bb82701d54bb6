import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { EncodedRecord, plainRecord } from '../../src/db/row/encoded-record.ts';
import { RECORD } from '../../src/db/schema/columns.ts';
import { begin, insertWithGivenUids } from '../../src/db/write/insert-records.ts';
import { createStoreBody } from '../../src/ingest/http/store-body.ts';
import { createWriterConnection } from '../../src/ingest/write/writer-connection.ts';
import type { CommittedBatch } from '../../src/live/bus.ts';
import { bodyFormat } from '../../src/log-file/body-format.ts';
import { createClock } from '../../src/log-file/inner-line.ts';
import { createTestIngest } from '../support/ingest.ts';

const LINES = [
  {
    timestamp: '2026-11-21T20:06:41.500Z',
    level: 'warn',
    message: 'sécond',
    service: 'billing',
    n: 1.5,
    tags: ['a', { b: 'c' }],
  },
  {
    timestamp: '2026-11-21T20:06:40.123456Z',
    level: 'error',
    msg: 'first "quoted"\n',
    request_id: 'r-1',
    err: { stack: 'E: x\n    at f' },
  },
  { timestamp: '2026-11-21T20:06:42Z', level: 30, message: 'with a uid', uid: '0a0a0a0a-0000-4000-8000-000000000001' },
  {
    timestamp: '2026-11-21T20:06:43Z',
    message: '',
    attributes: { region: 'eu', nested: { deep: null } },
    pipelineId: 'p-1',
  },
];

const clock = createClock({ timeZone: 'UTC', now: '2026-11-21T20:06:50.000000Z' });
const compared = ({
  uid: _,
  receivedAt: __,
  bytes: ___,
  at: ____,
  uidGiven: _____,
  ...rest
}: Record<string, unknown>) => rest;

test('records of the lane are stored, searched and followed as those of all other formats', async () => {
  const published: CommittedBatch[] = [];
  await using weir = await createTestIngest({ publish: (batch) => published.push(batch) });
  const { sql } = weir.database;
  const storeBody = createStoreBody({ ingest: weir.ingest, bodyBytesMax: 1024 * 1024 });
  const store = (type: string, body: string) =>
    storeBody(
      new Request('http://localhost/ingest', { method: 'POST', body, headers: { 'content-type': type } }),
      ANYONE,
      () => ({ format: bodyFormat(type, clock), defaults: {} }),
    );
  const everything = async () => ({
    records: await sql.unsafe(`select ${RECORD} from system_logs order by ts`),
    rollups:
      await sql`select ts, level, service, component, environment, sum(count) as count from log_rollups group by 1, 2, 3, 4, 5 order by 1, 2`,
    blocks: await sql`select from_ts, to_ts, rows, message_filter, text_filter from log_blocks order by 1`,
  });

  expect(await store('application/x-ndjson', LINES.map((line) => JSON.stringify(line)).join('\n'))).toMatchObject({
    result: { accepted: 4, duplicates: 0, durability: 'DATABASE' },
  });
  const fromLane = await everything();
  await sql`truncate system_logs, log_rollups, log_blocks`;
  expect(await store('application/json', JSON.stringify(LINES))).toMatchObject({ result: { accepted: 4 } });
  const fromText = await everything();

  expect(fromLane.records.map(compared)).toEqual(fromText.records.map(compared));
  expect(fromLane.rollups).toEqual(fromText.rollups);
  expect(fromLane.blocks).toEqual(fromText.blocks);
  const [encoded, plain] = published.map(({ records }) => records!);
  expect(encoded!.map((one) => one instanceof EncodedRecord)).toEqual([true, true, false, true]);
  const asJson = (records: unknown): Record<string, unknown>[] => JSON.parse(JSON.stringify(records));
  expect(asJson(encoded).map(compared)).toEqual(asJson(plain).map(compared));
  expect(encoded!.map(({ message, correlationId }) => [message, correlationId])).toEqual(
    plain!.map(({ message, correlationId }) => [message, correlationId]),
  );

  // What a tail keeps holds only itself.
  const kept = plainRecord(encoded![0]!);
  expect([kept instanceof EncodedRecord, asJson([kept])]).toEqual([false, asJson(encoded).slice(0, 1)]);

  // An attempt whose outcome is unknown is tried again by uid: with the rows as they are.
  const connection = createWriterConnection(weir.database.url, 'test', pino({ level: 'silent' }));
  const again = encoded!.filter((one) => one instanceof EncodedRecord);
  const inserted = () =>
    connection.transact(async (client) => {
      await begin(client);
      const uids = await insertWithGivenUids(client, again, 9);
      await client.query('commit');
      return uids.size;
    });
  expect([await inserted(), await inserted()]).toEqual([3, 0]);
  connection.close();
  expect(await sql`select count(*)::int from system_logs where batch_id = 9`).toEqual([{ count: 3 }]);
});
