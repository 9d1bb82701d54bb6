import { globSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BadUserInput } from '../../errors.ts';
import { now, type Timestamp, timestampFromMs } from '../../log/time.ts';

/** A file to import, or stdin. */
export interface InputFile {
  path: string;
  name: string;
  /** Null for a pipe, whose length is not known. */
  size: number | null;
  /** The time of the file's last change: a time without a year belongs to the year before it. */
  writtenAt: Timestamp;
}

export const STDIN = '-';

/** The files of the arguments, each once. An argument that is no file may be a pattern. @throws BadUserInput there is no such file */
export async function inputFiles(args: readonly string[]): Promise<InputFile[]> {
  const paths = new Set<string>();
  for (const arg of args) for (const path of await matching(arg)) paths.add(path);
  return Promise.all(Array.from(paths, describe));
}

async function matching(arg: string): Promise<string[]> {
  if (arg === STDIN || !/[*?[{]/.test(arg) || (await exists(arg))) return [arg];
  const found = globSync(arg)
    .filter((path) => !statSync(path, { throwIfNoEntry: false })?.isDirectory())
    .sort();
  if (found.length === 0) throw new BadUserInput(`expected files that match ${arg}, got none`);
  return found;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function describe(path: string): Promise<InputFile> {
  if (path === STDIN) return { path, name: 'stdin', size: null, writtenAt: now() };
  const stats = await stat(path).catch((cause: Error) => {
    throw new BadUserInput(`cannot read ${path}: ${cause.message}`, { cause });
  });
  if (stats.isDirectory()) throw new BadUserInput(`expected a file, got a directory: ${path} (try '${path}/*')`);
  return {
    path,
    name: basename(path),
    size: stats.isFile() ? stats.size : null,
    writtenAt: timestampFromMs(stats.mtimeMs),
  };
}
