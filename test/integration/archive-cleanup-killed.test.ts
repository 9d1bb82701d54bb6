import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import { SLICE_ROWS } from '../../src/db/cleanup/delete-slice.ts';
import { takeLock } from '../../src/db/connection/advisory-lock.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { hasGaps } from '../../src/db/rollups/rollup-gaps.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { fieldIs } from '../../src/log/filter/filter.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { expectExactRollups, uidsOf } from '../support/both-stores.ts';
import { insert, record } from '../support/records.ts';

const KILLS = 4;
const BEFORE = '2002-01-01T00:00:00.000000Z';

/** Says a word when it begins. */
const CLEANER = `
  import { join } from 'node:path';
  import { openArchive } from '../../src/db/archive/archive.ts';
  import { cleanup } from '../../src/db/cleanup/cleanup.ts';
  import { withArchive } from '../../src/db/connection/archive-link.ts';
  import { connect } from '../../src/db/connection/client.ts';
  const { URL, FOLDER: folder, BEFORE: before, FILTER } = process.env;
  const pool = connect(URL, { max: 1, statementTimeoutMs: 30_000 });
  const archive = openArchive({ folder, tempFolder: join(folder, '.temp-' + process.pid) });
  const sql = withArchive(pool, archive);
  await sql\`select 1\`;
  console.log('begun');
  await cleanup(sql, { before, filter: JSON.parse(FILTER), dryRun: false, timeLimitMs: 30_000 });
  await archive[Symbol.asyncDispose]();
  await pool.end();`;

test('a clean-up of archived records that is killed leaves no half slice, wherever it is', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, database, folder } = archived;
  const rows = SLICE_ROWS * 6;
  await insert(sql, [record({ timestamp: '2001-02-01T00:00:00.000000Z', service: 'other' })]);
  await sql`
    insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, attributes)
    select '2001-02-01'::timestamptz + n % 100 * interval '1 s', gen_random_uuid(), now(), 2, 2, 9, 'one of many', 'service ' || n % 3, '{}'
    from generate_series(1, ${rows}::integer) as n`;
  await sql`insert into log_rollup_gaps (from_ts, to_ts) values ('2001-02-01', '2001-02-02')`;
  while (await hasGaps(sql)) await keepRollups(sql);
  await archived.archivePartitions();

  let took = 0;
  /** Resolves to the signal that ended it; without `afterMs` it comes to its end. */
  async function clean(filter: ReturnType<typeof fieldIs> | null, afterMs?: number): Promise<string | null> {
    const cleaner = spawn(process.execPath, ['--input-type=module', '--eval', CLEANER], {
      cwd: import.meta.dirname,
      env: { ...process.env, URL: database.url, FOLDER: folder, BEFORE, FILTER: JSON.stringify(filter) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(cleaner, 'exit');
    await once(cleaner.stdout, 'data');
    const begun = performance.now();
    if (afterMs !== undefined) {
      await sleep(afterMs);
      cleaner.kill('SIGKILL');
    }
    const [, signal] = await exited;
    took ||= performance.now() - begun;
    return signal;
  }
  const removed = async (): Promise<number> =>
    (await sql<{ rows: number }[]>`select coalesce(sum(rows), 0)::bigint as rows from archive_removals`)[0]!.rows;

  await clean(fieldIs('service', 'service 0'));
  expect(await removed()).toBe(rows / 3);
  let kills = 0;
  for (let n = 0; n < KILLS; n++) {
    // Spread over as long as a whole clean-up takes on this machine.
    const filter = fieldIs('service', `service ${1 + (n % 2)}`);
    if ((await clean(filter, ((n + 1) / KILLS) * took)) === 'SIGKILL') kills++;
    // What the killed one has sent is over when its lock is free.
    await inTransaction(sql, (tx) => takeLock(tx, 'cleanup'));
    expect((await removed()) % SLICE_ROWS).toBe(0);
    expect(await uidsOf(sql)).toHaveLength(1 + rows - (await removed()));
    await expectExactRollups(sql);
  }
  expect(kills).toBeGreaterThan(1);
  const left = 1 + rows - (await removed());
  const result = await cleanup(sql, { before: BEFORE, filter: null, dryRun: false, timeLimitMs: 60_000 });
  expect(result).toMatchObject({ complete: true, deleted: left, partitionsDropped: ['system_logs_20010101'] });
  expect(await uidsOf(sql)).toEqual([]);
  await expectExactRollups(sql);
}, 300_000);
