import type { FileHandle } from 'node:fs/promises';

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
