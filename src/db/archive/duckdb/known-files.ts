import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchiveFile } from '../../connection/archive-link.ts';
import { fileHash } from './file-hash.ts';

/** A file of the archive is missing, cut or changed. */
export class FileProblem extends Error {}

/** Files whose bytes are known to be those that were archived. */
export interface KnownFiles {
  /** A file of another time of change than the database says is read once, as after a restore. @throws FileProblem */
  expect(file: ArchiveFile, signal: AbortSignal): Promise<void>;
}

export function createKnownFiles(folder: string): KnownFiles {
  /** Size, time of change and inode, by path. */
  const known = new Map<string, string>();
  return {
    async expect({ path, bytes, modifiedMs, sha256 }, signal) {
      const file = join(folder, path);
      const found = statSync(file, { throwIfNoEntry: false });
      if (!found) throw new FileProblem(`${path}: expected a file of the archive, found none`);
      if (found.size !== bytes) throw new FileProblem(`${path}: expected ${bytes} bytes, found ${found.size}`);
      const state = `${found.size} ${found.mtimeMs} ${found.ino}`;
      if (Math.floor(found.mtimeMs) === modifiedMs || known.get(path) === state) return;
      if ((await fileHash(file, signal)) !== sha256) {
        throw new FileProblem(`${path}: expected the bytes that were archived, found others`);
      }
      known.set(path, state);
    },
  };
}
