import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFile } from '../private-file.ts';

const FILE = 'server-id';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The id of the server that uses this spool folder. It stays the same over restarts: a server that comes back tells again what waits in
 * its spool, and nobody waits for the one that was killed. A folder that cannot be written gives a new one at each start.
 */
export async function readServerId(spoolFolder: string): Promise<string> {
  const path = join(spoolFolder, FILE);
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (UUID.test(known)) return known;
  const id = randomUUID();
  await makeFolder(spoolFolder)
    .then(() => replaceFile(path, `${id}\n`))
    .catch(() => {});
  return id;
}
