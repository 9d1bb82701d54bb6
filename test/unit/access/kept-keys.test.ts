import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createKeptKeys } from '../../../src/access/keys/kept-keys.ts';
import { remove, temporaryFolder } from '../../support/server.ts';

test.each([
  ['no JSON', '{"format":1,'],
  ['another database', '{"format":1,"databaseId":"other","keys":[{}]}'],
  ['another format', '{"format":2,"databaseId":"here","keys":[{}]}'],
  ['no list of keys', '{"format":1,"databaseId":"here","keys":{}}'],
])('a file of keys with %s gives none', async (_, text) => {
  const folder = await temporaryFolder();
  try {
    await writeFile(join(folder, 'ingest-keys.json'), text);
    expect(await createKeptKeys(folder, 'here').read()).toEqual([]);
  } finally {
    await remove(folder);
  }
});
