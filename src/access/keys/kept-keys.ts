import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LivingKey } from '../../db/keys/api-keys.ts';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { replaceFile } from '../../private-file.ts';

const FILE = 'ingest-keys.json';
const FORMAT = 1;

/**
 * The INGEST keys in `DATA_DIR`, for a start while the database is away: senders can store then, nobody can read. Only what
 * senders need is kept: no other right, no scope. Of a key only its hash is there.
 */
export interface KeptKeys {
  /** None if the file is missing, damaged, or of another database. */
  read(): Promise<LivingKey[]>;
  /** Replaces the file if the keys have changed. Durable, and all or nothing. */
  write(keys: readonly LivingKey[]): Promise<void>;
}

export function createKeptKeys(dataDir: string, databaseId: string): KeptKeys {
  const path = join(dataDir, FILE);
  let written: string | undefined;
  return {
    async read() {
      const kept = tryJson(await readFile(path, 'utf8').catch(() => ''));
      if (!isJsonObject(kept) || kept.format !== FORMAT || kept.databaseId !== databaseId) return [];
      return Array.isArray(kept.keys) ? (kept.keys as LivingKey[]) : [];
    },
    async write(keys) {
      const text = `${JSON.stringify({ format: FORMAT, databaseId, keys: keys.filter(isForSenders).map(onlyIngest) })}\n`;
      if (text === written) return;
      await replaceFile(path, text);
      written = text;
    },
  };
}

const isForSenders = ({ rights }: LivingKey): boolean => rights.includes('INGEST');

const onlyIngest = (key: LivingKey): LivingKey => ({ ...key, rights: ['INGEST'], scopeText: null, scope: null });
