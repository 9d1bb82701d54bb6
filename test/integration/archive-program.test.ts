import { globSync, readFileSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { readArchivedFiles } from '../../src/db/archive/archived-partitions.ts';
import { createDuckProgram } from '../../src/db/archive/duckdb/client.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createMeters } from '../../src/metrics/meters.ts';
import { createRegistry } from '../../src/metrics/registry.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { seriesIn } from '../support/metrics.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { insert, record } from '../support/records.ts';

/** Programs that this process started and that have this text among their arguments. */
const childrenWith = (text: string): number[] =>
  globSync(`/proc/${process.pid}/task/*/children`)
    .flatMap((file) => readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number))
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text));

test(
  'questions and the deaths of the program are counted; the next question starts it anew',
  needs(LINUX_MISSING),
  async () => {
    await using archived = await createArchivedDatabase();
    const { database, folder } = archived;
    await insert(database.sql, [record()]);
    await archived.archivePartitions();
    const registry = createRegistry();
    const tempFolder = join(folder, '.temp-counted');
    await using archive = openArchive({ folder, tempFolder, observe: createMeters(registry).archive });
    const sql = withArchive(database.sql, archive);
    const count = (text = 'select count(*)::int as count from system_logs'): Promise<object[]> =>
      inSnapshot(sql, async (tx) => (await archiveIn(tx, ALL_TIME))!.unsafe(text));
    const counted = (): Record<string, number | undefined> => {
      const series = seriesIn(registry.text({}));
      return {
        questions: series.get('weir_archive_question_duration_seconds_count'),
        unavailable: series.get('weir_archive_question_failures_total{code="ARCHIVE_UNAVAILABLE"}'),
        internal: series.get('weir_archive_question_failures_total{code="INTERNAL"}'),
        deaths: series.get('weir_archive_program_failures_total'),
      };
    };
    expect(await count()).toEqual([{ count: 1 }]);
    expect(counted()).toEqual({ questions: 1, unavailable: 0, internal: 0, deaths: 0 });

    const slow = count('select count(*) from range(1000000) as a, range(1000000) as b where a.range % 7 = b.range % 5');
    const [program, ...others] = childrenWith(tempFolder);
    expect(others).toEqual([]);
    process.kill(program!, 'SIGKILL');
    await expect(slow).rejects.toThrow('the program that reads the archive has ended: SIGKILL');
    expect(counted()).toEqual({ questions: 2, unavailable: 0, internal: 1, deaths: 1 });
    expect(await count()).toEqual([{ count: 1 }]);

    for (const path of globSync('logs/**/*.parquet', { cwd: folder })) await unlink(join(folder, path));
    await expect(count()).rejects.toThrow('found none');
    expect(counted()).toEqual({ questions: 4, unavailable: 1, internal: 1, deaths: 1 });
  },
);

test('removed records stay out of sight when those of an earlier step could not be told', async () => {
  await using archived = await createArchivedDatabase();
  const { database, folder } = archived;
  const [one, two] = [record(), record()];
  await insert(database.sql, [one, two]);
  await archived.archivePartitions();
  await using program = createDuckProgram({ folder, tempFolder: join(folder, '.temp-told') });
  const [file] = await readArchivedFiles(database.sql, database.sql`true`);
  const removal = (id: number, { timestamp: times, uid: uids }: NewRecord) => ({ id, rows: 1, times, uids });
  const told = await Promise.allSettled([
    program.addRemovals(file!.archivedId, [{ ...removal(1, one), uids: 'no uid' }]),
    program.addRemovals(file!.archivedId, [removal(2, two)]),
  ]);
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const count = () =>
    program.ask({
      ...{ logs: [{ ...file!, removedThrough: 2 }], calls: [], values: [] },
      text: 'select count(*)::int as count from system_logs',
    });
  await expect(count()).rejects.toThrow('Ask again');
  expect(program.knownRemovals(file!.archivedId)).toBe(0);
  await program.addRemovals(file!.archivedId, [removal(1, one), removal(2, two)]);
  expect(await count()).toEqual([{ count: 0 }]);
});

test('an operation that ends while it reads what is archived does not fail those that wait for the same list', async () => {
  await using archive = openArchive({ folder: null, tempFolder: '/none' });
  const ended = archive.listing(1, () => Promise.reject(new Error('the client has gone')));
  const waiting = archive.listing(1, async () => 'read again');
  await expect(ended).rejects.toThrow('the client has gone');
  expect(await waiting).toBe('read again');
});
