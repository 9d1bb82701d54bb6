import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { makeFolder, replaceFile } from '../../private-file.ts';

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
  await replaceFile(join(folder, FILE), `${JSON.stringify({ urlHash: hashOf(url), ...known })}\n`);
}

/** Without the password, which may change and must not be written down. */
function hashOf(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  for (const name of SECRETS) parsed.searchParams.delete(name);
  return createHash('sha256').update(parsed.href).digest('hex');
}
