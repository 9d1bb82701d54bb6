import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../../db/connection/advisory-lock.ts';
import type { Sql } from '../../db/connection/client.ts';
import { inTransaction } from '../../db/connection/transaction.ts';
import { wasAdminKeyMade } from '../../db/keys/api-keys.ts';
import { readFirstKey, writeFirstKey } from '../../db/keys/first-key.ts';
import { createFile } from '../../private-file.ts';
import { insertNewKey } from './change-keys.ts';

const NAME = 'first-admin-key';

export const firstKeyFile = (dataDir: string): string => join(dataDir, NAME);

/**
 * Makes the first ADMIN key if none was ever made, and writes it to a file in `DATA_DIR` before it is committed: a key that
 * holds is never lost. One of several servers that start together does it. A file that is there already is of a start that
 * ended before its commit: it holds no key of this database.
 */
export const makeFirstKey = (sql: Sql, dataDir: string): Promise<void> =>
  inTransaction(sql, async (tx) => {
    await takeLock(tx, 'keys');
    if (await wasAdminKeyMade(tx)) return;
    const grant = { name: NAME, rights: ['ADMIN' as const], scope: null, stamp: null };
    const { apiKey, key } = await insertNewKey(tx, 'command', 'createFirstApiKey', {
      ...grant,
      recordsPerSecond: null,
      expiresInMs: null,
    });
    const file = firstKeyFile(dataDir);
    await writeFirstKey(tx, { id: apiKey.id, host: hostname(), file });
    await rm(file, { force: true });
    await createFile(file, `${key}\n`);
  });

/**
 * Removes the file if there is one and the first key has made another key or was revoked. Under the lock, as another start may
 * have written the file and not have committed yet.
 */
export async function removeFirstKeyFile(sql: Sql, dataDir: string): Promise<void> {
  const file = firstKeyFile(dataDir);
  if (!existsSync(file)) return;
  await inTransaction(sql, async (tx) => {
    await takeLock(tx, 'keys');
    if ((await readFirstKey(tx)) === null) await rm(file, { force: true });
  });
}
