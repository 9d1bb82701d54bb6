import { createHash, randomUUID } from 'node:crypto';

/** A file is known by its first bytes, decompressed. */
export const IDENTITY_BYTES = 64 * 1024;

/** The idempotency keys of one import. */
export interface ImportKeys {
  /** The pipeline id of the import. */
  run: string;
  /** The key of a request that begins with this record, counted from 0. */
  keyOf(record: number): string;
  /** A later import of the same content has the same keys. */
  ofContent: boolean;
}

/**
 * The same file with the same options has the same keys, so that the server knows what an earlier import stored. `options` are
 * those that shape records. With other ones, the import is another one.
 */
export const keysOfContent = (begin: Buffer, options: readonly (string | undefined)[]): ImportKeys => {
  const hash = createHash('sha256').update(begin.subarray(0, IDENTITY_BYTES)).update(JSON.stringify(options));
  return { ofContent: true, ...keysUnder(hash.digest('base64url').slice(0, 32)) };
};

/** Keys that no other import has. */
export const keysOfRun = (): ImportKeys => ({ ofContent: false, ...keysUnder(randomUUID()) });

const keysUnder = (name: string): Omit<ImportKeys, 'ofContent'> => ({
  run: `import-${name}`,
  keyOf: (record) => `import-${name}-${record}`,
});
