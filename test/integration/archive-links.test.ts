import { access, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { removeOrphans } from '../../src/db/archive/write/archive-folder.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import { createArchivedDatabase, onlyFile } from '../support/archive.ts';
import { readKeys } from '../support/archive-reader.ts';
import { insert, record } from '../support/records.ts';

const NAME = 'system_logs_20261120-0123abcd.parquet';

test('what no row names is removed, but not where a symbolic link leads to: that may be another archive', async () => {
  await using archived = await createArchivedDatabase();
  const { folder, database } = archived;
  const other = join(folder, '../other');
  const day = 'logs/day=2026-11-20';
  await mkdir(join(other, 'llm/day=2026-11-20'), { recursive: true });
  await mkdir(join(other, 'day'));
  await mkdir(join(folder, day), { recursive: true });
  await symlink(join(other, 'day'), join(folder, 'logs/day=2026-11-21'));
  await symlink(join(other, 'llm'), join(folder, 'llm'));
  const kept = [join(other, 'day', NAME), join(other, 'llm/day=2026-11-20', NAME)];
  const target = join(other, 'target');
  for (const path of [...kept, target, join(folder, day, NAME)]) await writeFile(path, 'x');
  const link = join(folder, day, NAME.replace('0123', '4567'));
  await symlink(target, link);

  expect(await removeOrphans(database.sql, folder)).toBe(2);
  for (const path of [...kept, target]) expect(await readFile(path, 'utf8')).toBe('x');
  for (const path of [link, join(folder, day, NAME)]) await expect(access(path)).rejects.toThrow('ENOENT');
});

test('an archive is read by a symbolic link to its folder, and a file by a link in its place', async () => {
  await using archived = await createArchivedDatabase();
  const { folder, database, sql } = archived;
  await insert(sql, [record(), record()]);
  await archived.archivePartitions();
  const keys = await readKeys(sql);
  expect(keys).toHaveLength(2);
  const file = join(folder, onlyFile(folder, 'logs/day=2026-11-21'));
  await rename(file, join(folder, '../moved'));
  await symlink(join(folder, '../moved'), file);
  await symlink(folder, join(folder, '../link'));
  await using linked = openArchive({ folder: join(folder, '../link'), tempFolder: join(folder, '../linked-reader') });
  expect(await readKeys(withArchive(database.sql, linked))).toEqual(keys);
});
