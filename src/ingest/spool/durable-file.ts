import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Log records are nobody else's to read. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/**
 * Resolves when `bytes` are on the disk from `end` on, the end of the file. All or nothing: where that fails, the file is
 * cut at `end` again; where that fails too, whoever opens it next has to.
 */
export async function appendDurably(file: FileHandle, bytes: Buffer, end: number): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      written += (await file.write(bytes, written, bytes.length - written, end + written)).bytesWritten;
    }
    await file.datasync();
  } catch (error) {
    await cut(file, end);
    throw error;
  }
}

export async function cut(file: FileHandle, end: number): Promise<void> {
  await file.truncate(end);
  await file.sync();
}

/** A new or removed name in a folder lasts once the folder itself is on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** The folder and those above it, made durably where they are missing. */
export async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  const first = await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(first)) return;
  }
}
