import { chmod, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, PRIVATE_FILE, syncFolder } from '../../../private-file.ts';
import type { NewFile } from '../archived-partitions.ts';
import type { AtStep } from './archive-step.ts';

/** Gives a file that is complete its path in the archive. It is there whole, or not at all, and stays after a loss of power. */
export async function publishFile(
  whole: string,
  folder: string,
  path: string,
  at?: AtStep,
): Promise<Pick<NewFile, 'path' | 'bytes' | 'modifiedMs'>> {
  await chmod(whole, PRIVATE_FILE);
  await syncFile(whole);
  const { size, mtimeMs } = await stat(whole);
  const target = join(folder, path);
  await makeFolder(dirname(target));
  await at?.('written');
  await rename(whole, target);
  await syncFolder(dirname(target));
  await at?.('renamed');
  return { path, bytes: size, modifiedMs: Math.floor(mtimeMs) };
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}
