import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Only the server's own user may read log records. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/**
 * Appends `bytes` at `end`, the end of the file, and resolves when they are on the disk. All or nothing: after a failure the
 * file is cut at `end` again. If cutting fails too, the next one who opens the file must cut it.
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

/** Makes new and removed names in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** Creates the folder, and missing folders above it, durably. */
export async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  const first = await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(first)) return;
  }
}
