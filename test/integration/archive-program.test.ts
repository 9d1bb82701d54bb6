import { globSync, readFileSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
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
