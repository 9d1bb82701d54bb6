import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BadUserInput } from '../../errors.ts';

/** The files of one folder of the archive, as absolute paths. */
export interface FolderFiles {
  logs: string[];
  llm: string[];
}

const DAY = /^day=\d{4}-\d{2}-\d{2}$/;

/** @throws BadUserInput there is no such folder */
export async function newestFiles(folder: string): Promise<FolderFiles> {
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw new BadUserInput(`expected the folder of an archive, found none at ${folder}`);
  return { logs: await filesOf(join(folder, 'logs')), llm: await filesOf(join(folder, 'llm')) };
}

async function filesOf(folder: string): Promise<string[]> {
  const days = (await namesIn(folder)).filter((name) => DAY.test(name)).sort();
  const files: string[] = [];
  for (const day of days) {
    const names = (await namesIn(join(folder, day))).filter((name) => name.endsWith('.parquet')).sort();
    for (const versions of Map.groupBy(names, partitionOf).values()) {
      files.push(await newestOf(versions.map((name) => join(folder, day, name))));
    }
  }
  return files;
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/**
 * The server writes a partition anew under the same name and another ending: `<partition>-<ending>.parquet`. Until it deletes the old
 * file, both hold the same records.
 */
const partitionOf = (name: string): string => basename(name, '.parquet').replace(/-[^-]*$/, '');

async function newestOf(files: readonly string[]): Promise<string> {
  if (files.length === 1) return files[0]!;
  // A file may be deleted meanwhile.
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return files.reduce((newest, file, i) => (times[i]! >= times[files.indexOf(newest)]! ? file : newest));
}
