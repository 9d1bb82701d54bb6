import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import { LOG_ROLLUPS } from '../../src/db/rollups/rollup.ts';
import { subtractRows } from '../../src/db/rollups/subtract-rows.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { createArchivedUids } from '../../src/db/write/archived-uids.ts';
import { keyOf } from '../../src/db/write/insert-records.ts';
import { fieldIs } from '../../src/log/filter/filter.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { createTestIngest } from '../support/ingest.ts';
import { record } from '../support/records.ts';

const DAYS = ['2026-10-01', '2026-10-02', '2026-10-03'];
const RECORDS = 9;

/** Indexes of records. Those of `store` are sent at once, in several requests. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ store: fc.array(fc.array(fc.nat(RECORDS - 1), { maxLength: 6 }), { maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ archive: fc.nat(DAYS.length) }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat(RECORDS - 1) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      archive: fc.nat(DAYS.length),
      store: fc.tuple(fc.array(fc.nat(RECORDS - 1), { maxLength: 6 })),
    }),
  },
);

/** Both stores. */
const storedKeys = (sql: Sql): Promise<string[]> =>
  inSnapshot(sql, async (tx) => {
    const duck = await archiveIn(tx, ALL_TIME);
    const read = (from: Sql): Promise<NewRecord[]> => from`select ts as "timestamp", uid from system_logs`;
    return [...(await read(tx)), ...(duck ? await read(duck) : [])].map(keyOf).sort();
  });

/** As a clean-up removes a record from the files that hold it. */
const removeArchived = (sql: Sql, { timestamp, uid }: NewRecord): Promise<unknown> =>
  inTransaction(sql, async (tx) => {
    await tx`
      insert into archive_removals (archived_id, times, uids)
      select id, array[${timestamp}]::timestamptz[], array[${uid}]::uuid[] from archived_partitions
      where from_ts <= ${timestamp}::timestamptz and to_ts > ${timestamp}::timestamptz`;
    await changeArchiveVersion(tx);
    await tx`
      with gone as (
        select ${timestamp}::timestamptz as ts, 8 as level, 'billing' as service, null as component, null as environment
      ), subtracted as (${subtractRows(tx, LOG_ROLLUPS, 'gone')})
      select 1`;
  });

test('whatever is stored, repeated, archived, removed and stored again in whatever order, each record is there once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 14, size: 'max' }), async (steps) => {
      await using archived = await createArchivedDatabase();
      const { sql, database, archivePartitions } = archived;
      const archivedUids = createArchivedUids(sql);
      await using writers = await createTestIngest({ database, archivedUids, mayFallBack: false, writers: 3 });
      const records = Array.from({ length: RECORDS }, (_, n) => ({
        ...record({ uid: randomUUID(), timestamp: `${DAYS[n % DAYS.length]}T12:00:00.00000${n}Z` }),
        uidGiven: true,
      }));
      const model = new Set<string>();

      const store = async (indexes: readonly number[]): Promise<void> => {
        const sent = indexes.map((n) => ({ ...records[n]! }));
        const { accepted } = await writers.ingest.store({ records: sent, rejected: [], idempotency: null });
        expect(accepted).toBe(indexes.length);
        for (const one of sent) model.add(keyOf(one));
      };
      /** The partitions of one day, or all. */
      const archive = async (day: number): Promise<void> => {
        const names = (await readPartitions(database.sql, SYSTEM_LOGS)).map(({ name }) => name);
        const chosen = DAYS[day] ? names.filter((name) => name.endsWith(DAYS[day]!.replaceAll('-', ''))) : names;
        if (chosen.length > 0) await archivePartitions(chosen);
      };
      const remove = async (one: NewRecord): Promise<void> => {
        const before = '2027-01-01T00:00:00.000000Z';
        const filter = fieldIs('uid', one.uid);
        const { deleted } = await cleanup(sql, { before, filter, dryRun: false, timeLimitMs: 60_000 });
        if (deleted === 0 && model.has(keyOf(one))) await removeArchived(sql, one);
        model.delete(keyOf(one));
      };

      for (const one of steps) {
        if ('remove' in one) await remove(records[one.remove]!);
        await Promise.all([
          ...('archive' in one ? [archive(one.archive)] : []),
          ...('store' in one ? one.store.map(store) : []),
        ]);
        expect(await storedKeys(sql)).toEqual([...model].sort());
        const [row] = await sql<{ count: number }[]>`select coalesce(sum(count), 0)::bigint as count from log_rollups`;
        expect(row!.count).toBe(model.size);
      }
    }),
    { numRuns: 4, endOnFailure: true },
  );
}, 300_000);
