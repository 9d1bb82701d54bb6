import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { REMOVED_MAX } from '../../src/db/archive/reading-files.ts';
import { type CleanupRequest, cleanup } from '../../src/db/cleanup/cleanup.ts';
import { SLICE_ROWS } from '../../src/db/cleanup/delete-slice.ts';
import { dropOrphans } from '../../src/db/cleanup/partition-removal.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { hasGaps } from '../../src/db/rollups/rollup-gaps.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { findRuns } from '../../src/db/runs/find-runs.ts';
import { keepRunsStatement } from '../../src/db/runs/run-statement.ts';
import { LLM_CONTENTS } from '../../src/db/schema/partitioned-table.ts';
import { ArchiveUnavailable, Overloaded } from '../../src/errors.ts';
import { fieldIs, fieldTest, parseFilter } from '../../src/log/filter/filter.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { readRun } from '../../src/log/run.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { type ArchivedDatabase, createArchivedDatabase, plainPath } from '../support/archive.ts';
import { expectExactRollups, uidsOf } from '../support/both-stores.ts';
import { calling, insert, record } from '../support/records.ts';

const CUTOFF = '2003-06-01T00:00:00.000000Z';
/** Years, so partitions; of the last, two dates lie before the cutoff and one at it. */
const DATES = ['2001-05-01', '2001-06-01', '2002-05-01', '2003-01-01', '2003-05-31', '2003-06-01'];
const YEARS = ['system_logs_20010101', 'system_logs_20020101', 'system_logs_20030101'];

let archived: ArchivedDatabase;
let sql: Sql;
beforeEach(async () => {
  archived = await createArchivedDatabase();
  sql = archived.sql;
});
afterEach(async () => {
  await expectExactRollups(sql);
  await archived[Symbol.asyncDispose]();
});

const at = (date: string, seconds = 0): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + seconds * 1000).toISOString().replace('Z', '000Z');

/** At each date a record with a call and its content, and one without. */
const records = (): NewRecord[] =>
  DATES.flatMap((date, n) => {
    const service = n % 2 ? 'web' : 'billing';
    const content = { input: `question ${n}`, output: `answer ${n}` };
    return [calling({ timestamp: at(date), service }, {}, content), record({ timestamp: at(date), service: 'plain' })];
  });
async function store(): Promise<NewRecord[]> {
  const all = records();
  await insert(sql, all);
  await merge();
  return all;
}
async function merge(): Promise<void> {
  await keepRollups(sql);
  while (await hasGaps(sql)) await keepRollups(sql);
}

const clean = (request: Partial<CleanupRequest> = {}, on = sql) =>
  cleanup(on, { before: CUTOFF, filter: null, dryRun: false, timeLimitMs: 60_000, ...request });
const countOf = async (table: string): Promise<number> =>
  (await sql<{ count: number }[]>`select count(*) as count from ${sql(table)}`)[0]!.count;
const namesArchived = async () =>
  (await sql<{ name: string }[]>`select name from archived_partitions order by 1`).map(({ name }) => name);

describe('a clean-up of all records before a time', () => {
  test('takes whole archived partitions out of the archive, and removes from the one around it', async () => {
    const all = await store();
    await archived.archivePartitions();
    const dry = await clean({ dryRun: true });
    expect(dry).toMatchObject({ complete: true, matched: 10, deleted: 0, partitionsDropped: YEARS.slice(0, 2) });
    expect(await uidsOf(sql)).toHaveLength(12);

    const [files] = await sql<{ bytes: number }[]>`
      select sum(bytes)::bigint as bytes from archive_files where from_ts < '2003-01-01'`;
    const result = await clean();
    expect(result).toMatchObject({ complete: true, matched: 10, deleted: 10, partitionsDropped: YEARS.slice(0, 2) });
    expect(result.freedBytes).toBeGreaterThanOrEqual(files!.bytes);
    expect(await uidsOf(sql)).toEqual(
      all
        .slice(10)
        .map(({ uid }) => uid)
        .sort(),
    );
    expect(await uidsOf(sql, 'llm_logs')).toHaveLength(1);
    expect(await countOf('llm_contents')).toBe(1);
    expect(await namesArchived()).toEqual(YEARS.slice(2));
    const unlinked = await sql<{ path: string }[]>`select path from archive_unlinked order by 1`;
    expect(unlinked.map(({ path }) => plainPath(path)).sort()).toEqual([
      ...['2001-05-01', '2001-06-01'].map((day) => `llm/day=${day}/${YEARS[0]}.parquet`),
      `llm/day=2002-05-01/${YEARS[1]}.parquet`,
      ...['2001-05-01', '2001-06-01'].map((day) => `logs/day=${day}/${YEARS[0]}.parquet`),
      `logs/day=2002-05-01/${YEARS[1]}.parquet`,
    ]);
    expect(await clean()).toMatchObject({ matched: 0, deleted: 0, partitionsDropped: [], freedBytes: 0 });
  });

  test('takes late records of an archived time with it, in one step', async () => {
    await store();
    await archived.archivePartitions();
    await insert(sql, [record({ timestamp: at('2001-05-01', 1) }), calling({ timestamp: at('2003-05-31', 1) })]);
    const audit: number[] = [];
    expect(await clean({ dryRun: true })).toMatchObject({ matched: 12 });
    const result = await clean({ onRemoval: async (_, deleted) => void audit.push(deleted) });
    expect(result).toMatchObject({ complete: true, deleted: 12, partitionsDropped: YEARS.slice(0, 2) });
    // The year 2001 in both stores, 2002, the late record of 2003, and its two archived days.
    expect(audit).toEqual([0, 5, 7, 8, 10, 12]);
    expect(await uidsOf(sql)).toHaveLength(2);
  });

  test('drops an archived partition while its late records are read, and subtracts exactly what it held', async () => {
    await store();
    await archived.archivePartitions();
    await insert(sql, [record({ timestamp: at('2001-05-01', 1) })]);
    const { promise: read, resolve: end } = Promise.withResolvers<void>();
    const { promise: reading, resolve: begin } = Promise.withResolvers<void>();
    const reader = inTransaction(archived.database.sql, async (tx) => {
      await tx`select from system_logs_20010101`;
      begin();
      await read;
    });
    await reading;
    const result = await clean({ before: '2002-01-01T00:00:00.000000Z' });
    end();
    await reader;
    expect(result).toMatchObject({ complete: true, deleted: 5, partitionsDropped: [YEARS[0]] });
    expect(await uidsOf(sql)).toHaveLength(8);
  });

  test('needs neither the folder nor DuckDB for what goes as a whole', async () => {
    await store();
    await archived.archivePartitions();
    await using elsewhere = openArchive({ folder: null, tempFolder: archived.folder });
    elsewhere.setMayHold(true);
    const other = withArchive(archived.database.sql, elsewhere);
    const before = '2003-01-01T00:00:00.000000Z';
    expect(await clean({ before, dryRun: true }, other)).toMatchObject({ complete: true, matched: 6 });
    expect(await clean({ before }, other)).toMatchObject({ deleted: 6, partitionsDropped: YEARS.slice(0, 2) });
    for (const dryRun of [true, false]) {
      const part = clean({ dryRun, filter: fieldIs('service', 'web') }, other);
      await expect(part).rejects.toThrow(ArchiveUnavailable);
      await expect(part).rejects.toThrow('this server cannot read it: ARCHIVE_DIR is not set');
    }
    expect(await uidsOf(sql)).toHaveLength(6);
    expect(await clean({ skipsUnreadable: true }, other)).toMatchObject({ complete: true, deleted: 0 });
  });
});

describe('a clean-up with a filter', () => {
  test('removes from archived partitions what matches, with calls and contents', async () => {
    const all = await store();
    await archived.archivePartitions(YEARS.slice(0, 2));
    const filter = fieldIs('service', 'billing');
    expect(await clean({ dryRun: true, filter })).toMatchObject({ complete: true, matched: 3, partitionsDropped: [] });
    const result = await clean({ filter });
    expect(result).toMatchObject({ complete: true, matched: 3, deleted: 3, partitionsDropped: [], freedBytes: 0 });
    const left = all.filter(({ service, timestamp }) => service !== 'billing' || timestamp >= CUTOFF);
    expect(await uidsOf(sql)).toEqual(left.map(({ uid }) => uid).sort());
    expect(await uidsOf(sql, 'llm_logs')).toHaveLength(left.filter(({ llm }) => llm).length);
    expect(await countOf('llm_contents')).toBe(3);
    expect(await clean({ filter })).toMatchObject({ complete: true, matched: 0, deleted: 0 });
    await merge();
  });

  test('by message, id or the time of a record finds one record', async () => {
    const all = await store();
    await archived.archivePartitions();
    expect(await clean({ filter: fieldIs('uid', all[2]!.uid) })).toMatchObject({ deleted: 1 });
    const message = fieldTest('message', { op: 'contains', value: 'HAPPENED' });
    expect(await clean({ filter: message, before: at('2001-05-01', 0.001) })).toMatchObject({ deleted: 2 });
    expect(await uidsOf(sql)).toHaveLength(9);
  });

  test('that tests model calls finds those of archived records', async () => {
    await store();
    await archived.archivePartitions();
    const filter = parseFilter({ llm: { requestModels: ['gpt-4o'] } });
    expect(await clean({ filter, dryRun: true })).toMatchObject({ matched: 5 });
    expect(await clean({ filter })).toMatchObject({ deleted: 5 });
    expect(await clean({ filter: parseFilter({ not: { llm: { requestModels: ['gpt-4o'] } } }) })).toMatchObject({
      deleted: 5,
      partitionsDropped: YEARS.slice(0, 2),
    });
  });

  test('that leaves nothing of an archived partition takes it out of the archive', async () => {
    await store();
    await archived.archivePartitions();
    const filter = fieldTest('message', { op: 'exists' });
    const names = YEARS.slice(0, 2);
    expect(await clean({ dryRun: true, filter })).toMatchObject({ matched: 10, partitionsDropped: names });
    const result = await clean({ filter });
    expect(result).toMatchObject({ deleted: 10, partitionsDropped: names });
    expect(result.freedBytes).toBeGreaterThan(0);
    expect(await namesArchived()).toEqual(YEARS.slice(2));
  });

  test('keeps the contents of other archived records, and so does the removal of orphans', async () => {
    await store();
    await archived.archivePartitions();
    await clean({ filter: fieldIs('service', 'plain') });
    expect(await inTransaction(sql, (tx) => dropOrphans(tx, LLM_CONTENTS))).toEqual([]);
    expect(await countOf('llm_contents')).toBe(6);
  });

  test('does not change what a snapshot from before sees', async () => {
    await store();
    await archived.archivePartitions();
    const countIn = async (tx: Sql): Promise<number> => {
      const duck = (await archiveIn(tx, ALL_TIME))!;
      return (await duck<{ count: number }[]>`select count(*) as count from system_logs`)[0]!.count;
    };
    await inSnapshot(sql, async (tx) => {
      expect(await countIn(tx)).toBe(12);
      await clean({ filter: fieldIs('service', 'plain'), before: at('2001-05-02') });
      expect(await inSnapshot(sql, countIn)).toBe(11);
      await clean({ filter: fieldIs('service', 'plain') });
      expect(await inSnapshot(sql, countIn)).toBe(7);
      expect(await countIn(tx)).toBe(12);
    });
  });
});

describe('of many archived records', () => {
  const filter = fieldIs('service', 'bulk');

  /** 2.5 slices of one archived day. */
  async function storeMany(): Promise<number> {
    const count = SLICE_ROWS * 2.5;
    await insert(sql, [record({ timestamp: at('2003-02-02') })]);
    await sql`
      insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, attributes)
      select '2003-02-01'::timestamptz + n % 100 * interval '1 s', gen_random_uuid(), now(), 2, 2, 9, 'one of many', 'bulk', '{}'
      from generate_series(1, ${count}::integer) as n`;
    await sql`insert into log_rollup_gaps (from_ts, to_ts) values ('2003-02-01', '2003-02-02')`;
    await merge();
    await archived.archivePartitions();
    return count;
  }

  test('a clean-up goes slice by slice; clean-ups at the same time remove each record once', async () => {
    const count = await storeMany();
    const results = await Promise.all([clean({ filter }), clean({ filter }), clean({ filter })]);
    expect(results.map(({ complete }) => complete)).toEqual([true, true, true]);
    expect(results.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(count);
    const slices = await sql<{ rows: number }[]>`select rows from archive_removals order by id`;
    expect(slices.map(({ rows }) => rows)).toEqual([SLICE_ROWS, SLICE_ROWS, SLICE_ROWS / 2]);
    expect(await uidsOf(sql)).toHaveLength(1);
  });

  test('a clean-up that has no time left says that it is not complete, and the next one goes on', async () => {
    const count = await storeMany();
    let steps = 0;
    const onRemoval = async () => {
      // The second slice never ends.
      if (++steps === 3) await new Promise(() => {});
    };
    const cut = clean({ filter, timeLimitMs: 60_000, onRemoval });
    await expect.poll(() => steps, { timeout: 30_000 }).toBe(3);
    const [stuck] = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where state = 'idle in transaction' and datname = current_database() and pid <> pg_backend_pid()`;
    await sql`select pg_terminate_backend(${stuck!.pid}::integer)`;
    await expect(cut).rejects.toThrow();
    expect(await uidsOf(sql)).toHaveLength(1 + count - SLICE_ROWS);
    expect(await clean({ filter, timeLimitMs: 0 })).toMatchObject({ complete: false, deleted: 0 });
    let deleted = SLICE_ROWS;
    for (let timeLimitMs = 20, complete = false; !complete; timeLimitMs *= 2) {
      const result = await clean({ filter, timeLimitMs });
      ({ complete } = result);
      deleted += result.deleted;
    }
    expect(deleted).toBe(count);
  });

  test('a clean-up waits where files hold too many removed records already', async () => {
    await insert(sql, [record({ timestamp: at('2004-01-01') })]);
    const count = await storeMany();
    const [last] = await sql<{ id: number }[]>`select id from archived_partitions where name = 'system_logs_20040101'`;
    const full = REMOVED_MAX - 2 * SLICE_ROWS;
    await sql`
      insert into archive_removals (archived_id, times, uids)
      select ${last!.id}, array_fill(now(), array[${full}::integer]), array_fill(gen_random_uuid(), array[${full}::integer])`;
    expect(await clean({ filter })).toMatchObject({ complete: false, deleted: 2 * SLICE_ROWS });
    await expect(clean({ filter })).rejects.toThrow(Overloaded);
    await expect(clean({ filter })).rejects.toThrow('at most 990000 removed records, found 1000000');
    await sql`delete from archive_removals where rows = ${full}`;
    expect(await clean({ filter })).toMatchObject({ complete: true, deleted: count - 2 * SLICE_ROWS });
  });

  test('a partition that is replaced between the question and the removal is asked again', async () => {
    const count = await storeMany();
    // As the archiver does: the same files under another id, in one transaction.
    const replace = () =>
      inTransaction(archived.database.sql, async (tx) => {
        const [old] = await tx<{ id: number }[]>`select id from archived_partitions for update`;
        await tx`update archived_partitions set name = 'old'`;
        const [made] = await tx<{ id: number }[]>`
          insert into archived_partitions (name, from_ts, to_ts) select 'new', from_ts, to_ts from archived_partitions returning id`;
        await tx`update archive_files set archived_id = ${made!.id}`;
        await tx`update archive_removals set archived_id = ${made!.id}`;
        await tx`delete from archived_partitions where id = ${old!.id}`;
        await tx`update weir_state set value = to_jsonb((value #>> '{}')::bigint + 1) where name = 'archive_version'`;
        await tx`update archived_partitions set name = ${YEARS[2]!}`;
      });
    let asked = 0;
    const watched = withArchive(archived.database.sql, {
      ...archived.archive,
      mayHold: true,
      ask: async (question, signal) => {
        const rows = await archived.archive.ask(question, signal);
        if (++asked <= 2) await replace();
        return rows;
      },
    });
    expect(await clean({ filter }, watched)).toMatchObject({ complete: true, deleted: count });
    expect(await uidsOf(sql)).toHaveLength(1);
  });
});

describe('runs', () => {
  const told = (date: string, processed: number, level = 9): NewRecord =>
    record({
      timestamp: at(date),
      pipelineId: 'run',
      severityNumber: level,
      attributes: { progress: { operation: 'x', processed } },
    });
  const run = async () => (await findRuns(sql, ['run'], null))[0]?.progress.processed ?? null;

  test('stay while their newest record is archived, and go back to an archived one, or go', async () => {
    const steps = [told('2001-05-01', 1), told('2002-05-01', 2, 17), told('2003-01-01', 3), told('2003-01-02', 4, 17)];
    await insert(sql, steps);
    await sql.unsafe(keepRunsStatement([readRun(steps[3]!)!]));
    await archived.archivePartitions();
    await clean({ filter: fieldIs('service', 'no such service') });
    expect(await run()).toBe(4);
    await clean({ filter: fieldIs('uid', steps[3]!.uid) });
    expect(await run()).toBe(3);
    // A late record is the newest one, then goes.
    const late = told('2003-01-03', 5);
    await insert(sql, [late]);
    await sql.unsafe(keepRunsStatement([readRun(late)!]));
    await clean({ filter: fieldIs('uid', late.uid) });
    expect(await run()).toBe(3);
    await clean({ filter: fieldIs('uid', steps[2]!.uid) });
    expect(await run()).toBe(2);
    await clean({ before: '2002-01-01T00:00:00.000000Z' });
    expect(await run()).toBe(2);
    await clean();
    expect(await run()).toBe(null);
  });
});
