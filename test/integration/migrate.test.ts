import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { migrate, schemaVersion } from '../../src/db/schema/migrate.ts';
import { createTestDatabase } from '../support/database.ts';

test('a migration that waits for a long reader does not make writers wait behind it', async () => {
  await using database = await createTestDatabase();
  const { sql, url } = database;
  const latest = await schemaVersion(sql);
  // As before the migrations that made blocks.
  await sql.unsafe(`
    drop table archived_partitions, archive_files, archive_removals, archive_unlinked;
    delete from weir_state where name = 'archive_version';
    alter table weir_servers drop column reads_archive;
    drop table log_blocks, log_block_gaps, log_block_times, log_block_slices, log_block_groups; drop function add_block_gap cascade;
    alter table ingest_batches drop column filtered; delete from weir_migrations where version >= 12`);

  const reader = await sql.reserve();
  await reader`begin`;
  await reader`select from ingest_batches`;
  let done = false;
  const migrating = migrate(url).then(() => {
    done = true;
  });
  let longest = 0;
  for (let n = 0; n < 20; n++) {
    const startedAt = performance.now();
    await sql`insert into ingest_batches (id, key, seq, rows) values (${n}, gen_random_uuid(), ${n}, 0)`;
    longest = Math.max(longest, performance.now() - startedAt);
    await sleep(50);
  }
  expect(done).toBe(false);
  // One attempt waits 200 ms; the rest is for a busy machine.
  expect(longest).toBeLessThan(5000);
  await reader`commit`;
  reader.release();
  await migrating;
  expect(await schemaVersion(sql)).toBe(latest);
});
