import { afterAll, beforeAll, expect, test } from 'vitest';
import { archivedIn, archiveIn } from '../../src/db/archive/archive-in.ts';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { slicesOf } from '../../src/db/read/slices.ts';
import { inSlices } from '../../src/db/read/slices-sql.ts';
import { timestampFromMicros } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { insert, record } from '../support/records.ts';

let archived: ArchivedDatabase;
beforeAll(async () => {
  archived = await createArchivedDatabase();
  await insert(archived.sql, [record({ timestamp: '2001-01-01T00:00:00.000000Z' })]);
  await archived.archivePartitions();
});
afterAll(() => archived[Symbol.asyncDispose]());

const namesIn = async (sql: Sql): Promise<string[]> => (await archivedIn(sql)).map(({ name }) => name);
const add = (tx: Sql, name: string) => tx`
  insert into archived_partitions (name, from_ts, to_ts) values (${name}, '1950-01-01', '1951-01-01')`;

test('each snapshot sees the archive of its moment, also one that a transaction has changed and rolled back', async () => {
  const { sql } = archived;
  const [name] = await namesIn(sql);
  const rolledBack = inTransaction(sql, async (tx) => {
    await add(tx, 'never');
    await changeArchiveVersion(tx);
    expect(await namesIn(tx)).toEqual(['never', name]);
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  await inSnapshot(sql, async (before) => {
    expect(await namesIn(before)).toEqual([name]);
    await inTransaction(sql, async (tx) => {
      await add(tx, 'other');
      await changeArchiveVersion(tx);
    });
    expect(await namesIn(sql)).toEqual(['other', name]);
    expect(await inSnapshot(sql, namesIn)).toEqual(['other', name]);
    expect(await namesIn(before)).toEqual([name]);
  });
});

test('each instant is in one of disjoint shares, in DuckDB as in the program', async () => {
  const span = { from: '2001-01-01T00:00:00.000000Z', to: '2001-01-02T03:04:05.000001Z' };
  const cuts = [0, 0.013, 0.4, 0.9, 1];
  const shares = cuts.slice(1).map((to, i) => [cuts[i]!, to] as const);
  const rows = await inSnapshot(archived.sql, async (tx) => {
    const duck = (await archiveIn(tx, ALL_TIME))!;
    const counts = shares.map(([from, to]) => duck`${inSlices(duck, span, from, to)}::integer`);
    return await duck<{ us: number; in: number[] }[]>`
      select epoch_us(ts) as us, [${counts[0]!}, ${counts[1]!}, ${counts[2]!}, ${counts[3]!}] as in
      from (select ${span.from}::timestamptz + to_microseconds((range * 9747123)::bigint) as ts from range(10000)) as times`;
  });
  expect(rows).toHaveLength(10_000);
  const slices = shares.map(([from, to]) => slicesOf(span, from, to));
  let same = 0;
  for (const { us, in: shareOf } of rows) {
    expect(shareOf.reduce((sum, one) => sum + one)).toBe(1);
    const at = timestampFromMicros(BigInt(us))!;
    if (slices[shareOf.indexOf(1)]!.some(({ from, to }) => at >= from && at < to)) same++;
  }
  // At the bounds, numbers may be rounded otherwise.
  expect(same).toBeGreaterThan(9_990);
});
