import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { parseDayFileName, utcDay } from './day-file-name.ts';

export interface Keep {
  folder: string;
  name: string;
  /** Files of days further back are removed. */
  days: number;
  /** Of all files of this name together. The oldest are removed until they fit. */
  bytesMax: number;
}

/** Another process may still write what it has of the day before. */
const QUIET_MS = 10 * 60_000;
/** A partial file that is older is left from a process that ended. */
const PARTIAL_MS_MAX = 60 * 60_000;
const DAY_MS = 86_400_000;

/** Packs the files of past days, and removes what is not to be kept. Several processes may do it at the same time. */
export async function keepFiles(
  { folder, name, days, bytesMax }: Keep,
  nowMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const today = utcDay(nowMs);
  const oldest = utcDay(nowMs - days * DAY_MS);
  let bytes = 0;
  for (const { path, day, isPacked } of await filesOf(folder, name)) {
    const found = await stat(path).catch(() => undefined);
    if (!found) continue;
    bytes += found.size;
    if (day >= today) continue;
    if (day < oldest || bytes > bytesMax) {
      await unlink(path).catch(() => {});
      bytes -= found.size;
    } else if (!isPacked && nowMs - found.mtimeMs > QUIET_MS) {
      bytes += (await pack(path, nowMs, signal)) - found.size;
    }
  }
}

/** The newest first. */
async function filesOf(folder: string, name: string) {
  const files = await readdir(folder).catch(() => []);
  return files
    .flatMap((file) => {
      const found = parseDayFileName(file, name);
      return found ? [{ ...found, path: join(folder, file) }] : [];
    })
    .sort((a, b) => b.day.localeCompare(a.day) || b.part - a.part);
}

/** Returns the bytes of what is there then. The file is replaced only when its packed one is whole. */
async function pack(path: string, nowMs: number, signal: AbortSignal | undefined): Promise<number> {
  const partial = `${path}.gz.tmp`;
  const left = await stat(partial).catch(() => undefined);
  if (left && nowMs - left.mtimeMs > PARTIAL_MS_MAX) await unlink(partial).catch(() => {});
  try {
    // `wx`: of several processes one packs it.
    await pipeline(createReadStream(path), createGzip(), createWriteStream(partial, { flags: 'wx', flush: true }), {
      signal,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await unlink(partial).catch(() => {});
    return (await stat(path).catch(() => undefined))?.size ?? 0;
  }
  await rename(partial, `${path}.gz`);
  await unlink(path).catch(() => {});
  return (await stat(`${path}.gz`)).size;
}
