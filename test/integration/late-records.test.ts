import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test, vi } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import { dropOrphans } from '../../src/db/cleanup/partition-removal.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { createRecordPartitions, type PartitionKeeper } from '../../src/db/partitions/partition-keeper.ts';
import { LLM_CONTENTS, LLM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { createArchivedUids } from '../../src/db/write/archived-uids.ts';
import { ArchiveUnavailable } from '../../src/errors.ts';
import type { IngestResult } from '../../src/ingest/ingest-result.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { type ArchivedDatabase, createArchivedDatabase, onlyFile } from '../support/archive.ts';
import { createTestDatabase } from '../support/database.ts';
import { createTestIngest, type TestIngest } from '../support/ingest.ts';
import { calling, record } from '../support/records.ts';
import { until } from '../support/server.ts';

const OLD = '2026-10-01T12:00:00.000000Z';
const DAY = 'system_logs_20261001';
/** With the uid of its sender; `generated`: with one of the server. */
const given = (one: NewRecord): NewRecord => ({ ...one, uidGiven: true });
const generated = (one: NewRecord): NewRecord => ({ ...one, uidGiven: false });

const store = ({ ingest }: TestIngest, ...records: NewRecord[]): Promise<IngestResult> =>
  ingest.store({ records: records.map((one) => ({ ...one })), rejected: [], idempotency: null });

/** Messages of both stores. */
const messages = (sql: Sql): Promise<string[]> =>
  inSnapshot(sql, async (tx) => {
    const duck = await archiveIn(tx, ALL_TIME);
    const read = (from: Sql): Promise<{ message: string }[]> => from`select message from system_logs`;
    return [...(await read(tx)), ...(duck ? await read(duck) : [])].map(({ message }) => message).sort();
  });

const counted = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`select coalesce(sum(count), 0)::bigint as count from log_rollups`;
  return row!.count;
};

const boundsOf = (sql: Sql, table: string): Promise<object[]> =>
  sql`select name, from_ts as "from", to_ts as "to" from ${sql(table)} order by from_ts, name`;

interface Opened extends AsyncDisposable {
  archived: ArchivedDatabase;
  writers: TestIngest;
  published: string[];
}

async function open(
  options: { mayFallBack?: boolean; partitions?: (sql: Sql) => PartitionKeeper } = {},
): Promise<Opened> {
  await using opening = new AsyncDisposableStack();
  const archived = opening.use(await createArchivedDatabase());
  const { database, sql } = archived;
  const published: string[] = [];
  const writers = opening.use(
    await createTestIngest({
      database,
      mayFallBack: options.mayFallBack ?? true,
      ...(options.partitions && { partitions: options.partitions(database.sql) }),
      archivedUids: createArchivedUids(sql),
      publish: ({ records }) => published.push(...(records ?? []).map(({ message }) => message)),
    }),
  );
  const opened = opening.move();
  return { archived, writers, published, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test('late records of an archived time are in a partition of the same bounds and name, with their calls', async () => {
  await using opened = await open();
  const { archived, writers } = opened;
  const { sql, archivePartitions } = archived;
  const content = { input: 'asked', output: null };
  await store(writers, calling({ timestamp: OLD, message: 'first' }, {}, content));
  const bounds = await boundsOf(sql, 'log_partitions');
  expect(bounds).toMatchObject([{ name: DAY }]);
  await archivePartitions();

  // What models were asked stays: it has a retention of its own.
  for (const mirror of [LLM_LOGS, LLM_CONTENTS]) {
    expect(await inTransaction(sql, (tx) => dropOrphans(tx, mirror))).toEqual([]);
  }
  expect(await boundsOf(sql, 'llm_content_partitions')).toHaveLength(1);
  expect(await boundsOf(sql, 'llm_log_partitions')).toEqual([]);

  const late = await store(
    writers,
    calling({ timestamp: OLD, message: 'late' }, {}, content),
    record({ timestamp: OLD }),
  );
  expect(late).toMatchObject({ accepted: 2, durability: 'DATABASE' });
  expect(await boundsOf(sql, 'log_partitions')).toEqual(bounds);
  expect(await boundsOf(sql, 'archived_partitions')).toEqual(bounds);
  expect(await boundsOf(sql, 'llm_log_partitions')).toMatchObject([{ name: 'llm_logs_20261001' }]);
  expect(await sql`select from llm_contents`).toHaveLength(2);
  expect(await counted(sql)).toBe(3);
  await archivePartitions();
  expect(await messages(sql)).toEqual(['first', 'late', 'something happened']);
});

test('contents that stay while their records are archived get wider partitions from 200 on', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  // The catalog is enough: nothing reads the partitions themselves.
  await sql`
    insert into llm_content_partitions (name, from_ts, to_ts)
    select 'llm_contents_' || day, day, day + interval '1 day'
    from generate_series('2026-05-01Z'::timestamptz, '2026-11-16Z'::timestamptz, '1 day') as day`;
  const partitions = createRecordPartitions(sql);
  await partitions.ensure([calling({ timestamp: '2026-11-17T12:00:00.000000Z' }, {}, { input: 1, output: null })]);
  const last = async (table: string): Promise<unknown> => (await boundsOf(sql, table)).at(-1);
  const day = { from: '2026-11-17T00:00:00.000000Z', to: '2026-11-18T00:00:00.000000Z' };
  expect(await last('llm_log_partitions')).toMatchObject(day);
  expect(await last('llm_content_partitions')).toMatchObject({ ...day, to: '2027-01-01T00:00:00.000000Z' });
});

test("a sender's uid that is archived is stored once: not published, not counted, and no call", async () => {
  await using opened = await open();
  const { archived, writers, published } = opened;
  const { sql, archivePartitions } = archived;
  const first = given(calling({ timestamp: OLD, message: 'first' }));
  await store(writers, first);
  await archivePartitions();
  published.length = 0;

  expect(await store(writers, first)).toMatchObject({ accepted: 1, duplicates: 1, durability: 'DATABASE' });
  // Nothing late is new, so no partition is made.
  expect(await boundsOf(sql, 'log_partitions')).toEqual([]);
  const second = given(record({ timestamp: OLD, message: 'second' }));
  const mixed = await store(writers, first, second, second, record({ timestamp: OLD, message: 'third' }));
  expect(mixed).toMatchObject({ accepted: 4, duplicates: 2 });
  // The same uid at another time is another record.
  await store(writers, { ...first, timestamp: '2026-10-01T12:00:00.000001Z', message: 'fourth' });
  expect(published.sort()).toEqual(['fourth', 'second', 'third']);
  expect(await messages(sql)).toEqual(['first', 'fourth', 'second', 'third']);
  expect(await counted(sql)).toBe(4);
  expect(await sql`select from llm_logs`).toHaveLength(1);
});

test('a record that a clean-up has removed from the archive is stored anew', async () => {
  await using opened = await open();
  const { archived, writers } = opened;
  const { sql, archivePartitions } = archived;
  const first = given(record({ timestamp: OLD, message: 'first' }));
  const kept = given(record({ timestamp: OLD, message: 'kept' }));
  await store(writers, first, kept);
  await archivePartitions();
  await inTransaction(sql, async (tx) => {
    await tx`
      insert into archive_removals (archived_id, times, uids)
      select id, ${[first.timestamp]}::timestamptz[], ${[first.uid]}::uuid[] from archived_partitions`;
    await changeArchiveVersion(tx);
  });
  expect(await messages(sql)).toEqual(['kept']);
  expect(await store(writers, first, kept)).toMatchObject({ accepted: 2, duplicates: 1 });
  expect(await store(writers, first, kept)).toMatchObject({ accepted: 2, duplicates: 2 });
  expect(await messages(sql)).toEqual(['first', 'kept']);
  await archivePartitions();
  expect(await store(writers, first, kept)).toMatchObject({ accepted: 2, duplicates: 2 });
  expect(await messages(sql)).toEqual(['first', 'kept']);
});

// `ensure` runs between the look-up and the insert. In the second case another server has made the partition of late records
// meanwhile: then the insert itself works.
test.each(['the partition is gone', 'another server has made it again'])(
  'a uid that is archived between the look-up and the insert is stored once: %s',
  async (meanwhile) => {
    let between: () => Promise<void> = async () => {};
    const keeper = (sql: Sql): PartitionKeeper => {
      const made = createRecordPartitions(sql);
      return {
        ...made,
        async ensure(records) {
          await made.ensure(records);
          const work = between;
          between = async () => {};
          await work();
        },
      };
    };
    await using opened = await open({ partitions: keeper, mayFallBack: false });
    const { archived, writers, published } = opened;
    const { sql, database, archivePartitions } = archived;
    const first = given(record({ timestamp: OLD, message: 'first' }));
    await store(writers, first);
    let happened = false;
    between = async () => {
      happened = true;
      await archivePartitions();
      if (meanwhile === 'another server has made it again') await createRecordPartitions(database.sql).ensure([first]);
    };
    expect(await store(writers, first)).toMatchObject({ accepted: 1, duplicates: 1, durability: 'DATABASE' });
    expect(happened).toBe(true);
    expect(await messages(sql)).toEqual(['first']);
    expect(published).toEqual(['first']);
    expect(await counted(sql)).toBe(1);
  },
);

test('while the archive cannot be read, records that it may hold wait in the spool, and others are stored', async () => {
  await using opened = await open();
  const { archived, writers } = opened;
  const { sql, folder, archivePartitions } = archived;
  const first = given(record({ timestamp: OLD, message: 'first' }));
  const second = given(record({ timestamp: OLD, message: 'second' }));
  await store(writers, first);
  await archivePartitions();
  const file = onlyFile(folder, 'logs/day=2026-10-01');
  const path = join(folder, file);
  await rename(path, `${path}.away`);

  const results = await Promise.all([
    store(writers, first, second),
    store(writers, given(record({ message: 'recent' }))),
    store(writers, generated(record({ timestamp: OLD, message: 'no uid given' }))),
  ]);
  expect(results.map(({ durability }) => durability)).toEqual(['SPOOL', 'DATABASE', 'DATABASE']);
  // The spool goes on too.
  expect(await store(writers, second)).toMatchObject({ durability: 'SPOOL' });
  expect(await sql`select message from system_logs order by ts`).toEqual([
    { message: 'no uid given' },
    { message: 'recent' },
  ]);
  await rename(`${path}.away`, path);
  await until(async () => (await messages(sql)).length === 4);
  expect(await messages(sql)).toEqual(['first', 'no uid given', 'recent', 'second']);
  expect(await counted(sql)).toBe(4);
});

test('a server without ARCHIVE_DIR says so, and stores what is not archived', async () => {
  await using archived = await createArchivedDatabase();
  const { database, archivePartitions } = archived;
  await using elsewhere = openArchive({ folder: null, tempFolder: join(archived.folder, '.none') });
  const archivedUids = createArchivedUids(withArchive(database.sql, elsewhere));
  await using writers = await createTestIngest({ database, archivedUids, mayFallBack: false });
  const first = given(record({ timestamp: OLD }));
  await store(writers, first);
  await archivePartitions();
  elsewhere.setMayHold(true);
  await expect(store(writers, first)).rejects.toThrow('this server cannot read it: ARCHIVE_DIR is not set');
  expect(await store(writers, given(record({ message: 'recent' })))).toMatchObject({ durability: 'DATABASE' });
});

test('records of a time that is not archived cost one small statement, and none without uids of their sender', async () => {
  await using opened = await open();
  const { archived, writers } = opened;
  await store(writers, record({ timestamp: OLD }), record());
  await archived.archivePartitions([DAY]);
  await store(writers, record());
  const sent = vi.spyOn(Client.prototype, 'query');
  try {
    const asked = (): string[] => sent.mock.calls.map(([text]) => String(text)).filter((text) => /archiv/.test(text));
    await store(writers, given(record()), generated(record({ timestamp: OLD })));
    expect(asked()).toEqual([expect.stringMatching(/^select coalesce\(max\(id\), 0\)/)]);
    await store(writers, generated(record({ timestamp: OLD })));
    expect(asked()).toHaveLength(1);
    await using plain = await createTestIngest({ database: archived.database });
    await store(plain, given(record()));
    expect(asked()).toHaveLength(1);
  } finally {
    sent.mockRestore();
  }
});

test('without a spool, their sender is told what is missing', async () => {
  await using opened = await open({ mayFallBack: false });
  const { archived, writers } = opened;
  const { folder, archivePartitions } = archived;
  const first = given(record({ timestamp: OLD }));
  await store(writers, first);
  await archivePartitions();
  const file = onlyFile(folder, 'logs/day=2026-10-01');
  const path = join(folder, file);
  await rename(path, `${path}.away`);
  const rejected = expect(store(writers, first)).rejects;
  await rejected.toThrow(ArchiveUnavailable);
  await expect(store(writers, first)).rejects.toThrow(
    `records with uids of their sender are of an archived time, and the archive cannot be asked for them: a file of the archive cannot be read: ${file}: expected a file of the archive, found none`,
  );
  expect(await store(writers, record({ message: 'recent' }))).toMatchObject({ durability: 'DATABASE' });
  await rename(`${path}.away`, path);
  expect(await store(writers, first)).toMatchObject({ duplicates: 1 });
});

test('a partition of a server that knows of no archive, over several archived ones, is read and archived beside them', async () => {
  await using opened = await open();
  const { archived, writers } = opened;
  const { sql, archivePartitions } = archived;
  const days = ['2026-10-01', '2026-10-02', '2026-10-03'];
  const firsts = days.map((day) => given(record({ timestamp: `${day}T12:00:00.000000Z`, message: day })));
  await store(writers, ...firsts);
  await archivePartitions();
  await sql.unsafe(`
    create table ${DAY} (like system_logs including defaults including constraints);
    alter table ${DAY} add primary key (ts, uid);
    alter table system_logs attach partition ${DAY} for values from ('2026-10-01Z') to ('2026-11-01Z');
    insert into log_partitions (name, from_ts, to_ts) values ('${DAY}', '2026-10-01Z', '2026-11-01Z');`);
  const late = days.map((day) => given(record({ timestamp: `${day}T13:00:00.000000Z`, message: `${day} late` })));
  expect(await store(writers, ...late, ...firsts)).toMatchObject({ duplicates: 3 });
  const all = [...firsts, ...late].map(({ message }) => message).sort();
  expect(await messages(sql)).toEqual(all);
  await archivePartitions();
  expect(await messages(sql)).toEqual(all);
  expect(await store(writers, ...late, ...firsts)).toMatchObject({ duplicates: 6 });
  // Among overlapping archived partitions, the narrowest one gives the bounds.
  await store(writers, record({ timestamp: OLD, message: 'later' }));
  expect(await boundsOf(sql, 'log_partitions')).toMatchObject([{ name: DAY, to: '2026-10-02T00:00:00.000000Z' }]);
});
