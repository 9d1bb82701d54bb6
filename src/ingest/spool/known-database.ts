import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { makeFolder, PRIVATE_FILE, syncFolder } from './durable-file.ts';

/** A logs database that this server has used before. While it is away, the spool may take records for it. */
export interface KnownDatabase {
  databaseId: string;
  schemaVersion: number;
}

const FILE = 'database.json';
const SECRETS = ['password', 'sslpassword'];

/** The database of this URL; undefined if the server last used another one, or none. */
export async function readKnownDatabase(folder: string, url: string): Promise<KnownDatabase | undefined> {
  const known = tryJson(await readFile(join(folder, FILE), 'utf8').catch(() => ''));
  if (!isJsonObject(known) || known.urlHash !== hashOf(url)) return undefined;
  const { databaseId, schemaVersion } = known;
  return typeof databaseId === 'string' && typeof schemaVersion === 'number'
    ? { databaseId, schemaVersion }
    : undefined;
}

/** Durable, and all or nothing. */
export async function writeKnownDatabase(folder: string, url: string, known: KnownDatabase): Promise<void> {
  await makeFolder(folder);
  const path = join(folder, FILE);
  {
    await using file = await open(`${path}.new`, 'w', PRIVATE_FILE);
    await file.writeFile(`${JSON.stringify({ urlHash: hashOf(url), ...known })}\n`);
    await file.sync();
  }
  await rename(`${path}.new`, path);
  await syncFolder(folder);
}

/** Without the password, which may change and must not be written down. */
function hashOf(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  for (const name of SECRETS) parsed.searchParams.delete(name);
  return createHash('sha256').update(parsed.href).digest('hex');
}
