import { expect, test } from 'vitest';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import type { ArchiveStep } from '../../src/db/archive/write/archive-step.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { readKeys, watchRecords } from '../support/archive-reader.ts';
import {
  archiveAll,
  keysOf,
  listedPaths,
  pathsIn,
  recordAt,
  sealAll,
  startArchiver,
  startArchiverTo,
  startLateSender,
} from '../support/archiving.ts';
import { insert } from '../support/records.ts';

const TIMEOUT_MS = 600_000;
/** Each step, and the how many-th time the archiver comes there. Each partition has a file of records and one of calls. */
const STOPS: [ArchiveStep, number][] = [
  ['slice', 1],
  ['written', 1],
  ['renamed', 1],
  ['slice', 2],
  ['renamed', 2],
  ['checked', 1],
  ['locked', 1],
  ['dropped', 1],
  ['committed', 1],
  ['renamed', 3],
  ['dropped', 2],
  ['unlink', 1],
  ['unlinked', 1],
];
const DAYS = [12, 11, 10, 9, 8, 7];

test(
  'an archiver that is killed at any step goes on or starts anew, and no reader ever misses a record or sees one twice',
  async () => {
    await using archived = await createArchivedDatabase();
    const { sql, folder, database } = archived;
    const all = DAYS.flatMap((day) => Array.from({ length: 40 }, (_, n) => recordAt(day, n)));
    await insert(sql, all);
    const records = { sent: new Set(keysOf(all)), stored: new Set(keysOf(all)) };
    const stopped: string[] = [];
    {
      await using watch = watchRecords(sql, records);
      await using _ = startLateSender(sql, [...DAYS, 3], records);
      for (const [step, nth] of STOPS) {
        await sealAll(sql);
        await using archiver = await startArchiverTo(sql, database.url, folder, step, nth);
        stopped.push(`${step} ${nth}`);
        // There it keeps readers out.
        if (step !== 'dropped') await watch.reread();
        await archiver.kill();
      }
      expect(watch.failures).toEqual([]);
    }
    expect(stopped).toEqual(STOPS.map(([step, nth]) => `${step} ${nth}`));
    await archiveAll(sql, database.url, folder);
    expect(await readKeys(sql)).toEqual([...records.stored].sort());
    expect(await readKeys(sql, 'llm_logs')).toEqual(keysOf(all.filter(({ llm }) => llm !== null)).sort());
    expect(pathsIn(folder)).toEqual(await listedPaths(sql));
    const [counted] = await sql`select sum(count)::int as count from log_rollups where step in (0, 60)`;
    expect(counted).toEqual({ count: records.stored.size });
  },
  TIMEOUT_MS,
);

test(
  'an archiver that is killed while it writes files without removed records changes no answer',
  async () => {
    await using archived = await createArchivedDatabase();
    const { sql, folder, database } = archived;
    const all = DAYS.slice(0, 2).flatMap((day) => Array.from({ length: 40 }, (_, n) => recordAt(day, n)));
    await insert(sql, all);
    await archiveAll(sql, database.url, folder);
    const removed = all.filter((_, n) => n % 7 === 0);
    await inTransaction(sql, async (tx) => {
      for (const one of removed) {
        await tx`
          insert into archive_removals (archived_id, times, uids)
          select id, ${[one.timestamp]}::timestamptz[], ${[one.uid!]}::uuid[] from archived_partitions
          where from_ts <= ${one.timestamp}::timestamptz and to_ts > ${one.timestamp}::timestamptz`;
      }
      await changeArchiveVersion(tx);
    });
    const left = all.filter((one) => !removed.includes(one));
    const records = { sent: new Set(keysOf(left)), stored: new Set(keysOf(left)) };
    {
      await using watch = watchRecords(sql, records);
      for (const step of ['written', 'renamed', 'locked', 'dropped', 'committed', 'unlink', 'unlinked'] as const) {
        await using archiver = startArchiver(database.url, folder, step);
        expect(await archiver.stopped()).toBe('stopped');
        await watch.reread();
        await archiver.kill();
      }
      expect(watch.failures).toEqual([]);
    }
    await archiveAll(sql, database.url, folder);
    expect(await readKeys(sql)).toEqual([...records.stored].sort());
    expect(await readKeys(sql, 'llm_logs')).toEqual(keysOf(left.filter(({ llm }) => llm !== null)).sort());
    expect(pathsIn(folder)).toEqual(await listedPaths(sql));
  },
  TIMEOUT_MS,
);
