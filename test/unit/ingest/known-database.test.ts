import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKnownDatabase, writeKnownDatabase } from '../../../src/ingest/spool/known-database.ts';
import { remove, temporaryFolder } from '../../support/server.ts';

const KNOWN = { databaseId: '00000000-0000-4000-8000-000000000000', schemaVersion: 3 };

test('a database is known by its URL, whatever its password, and by nothing else', async () => {
  const parent = await temporaryFolder();
  const folder = join(parent, 'spool');
  const url = 'postgres://weir:s3cret@db.example.com/logs?sslmode=require';
  expect(await readKnownDatabase(folder, url)).toBeUndefined();
  await writeKnownDatabase(folder, url, KNOWN);
  expect(await readKnownDatabase(folder, url)).toEqual(KNOWN);
  expect(await readKnownDatabase(folder, url.replace('s3cret', 'changed'))).toEqual(KNOWN);
  expect(await readKnownDatabase(folder, url.replace('/logs', '/others'))).toBeUndefined();
  expect(await readKnownDatabase(folder, url.replace('weir:', 'other:'))).toBeUndefined();
  expect(await readFile(join(folder, 'database.json'), 'utf8')).not.toMatch(/s3cret|example/);
  await writeFile(join(folder, 'database.json'), '{"urlHash":');
  expect(await readKnownDatabase(folder, url)).toBeUndefined();
  await remove(parent);
});
