import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Only the server's own user may read log records and keys. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

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

/** Makes new and removed names in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** Makes a file durably. It must not exist: a file or a link of somebody else would be read by somebody else. */
export async function createFile(path: string, text: string): Promise<void> {
  await writeSynced(path, text, 'wx');
  await syncFolder(dirname(path));
}

/** Replaces the whole file, or makes it. Durable, and all or nothing. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeSynced(`${path}.new`, text, 'w');
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, text: string, flags: 'w' | 'wx'): Promise<void> {
  await using file = await open(path, flags, PRIVATE_FILE);
  await file.writeFile(text);
  await file.sync();
}
