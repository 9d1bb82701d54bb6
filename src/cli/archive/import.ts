import { resolve } from 'node:path';
import { importRecords } from '../../db/archive/import/import-records.ts';
import { BadUserInput } from '../../errors.ts';
import { print } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { count } from '../terminal/quantity.ts';
import { openLocalArchive } from './local-archive.ts';

export async function archiveImport(dir: string, stop: AbortSignal): Promise<void> {
  await using archive = await openLocalArchive(stop);
  const { sql, client, archiveFolder } = archive;
  if (archiveFolder === null) {
    throw new BadUserInput('expected ARCHIVE_DIR, the folder of the archive that gets the files, got none');
  }
  let progress: ReturnType<typeof createProgress> | undefined;
  try {
    const { records, calls, present } = await importRecords({
      ...{ sql, client, archiveFolder, folder: resolve(dir), signal: stop },
      onProgress(done, total) {
        progress ??= createProgress(process.stderr, total);
        progress.update(done, done);
      },
    });
    progress?.end();
    const there = present > 0 ? `; ${count(present, 'record')} left out: stored before, or twice in the files` : '';
    await print(`${count(records, 'record')} and ${count(calls, 'model call')} imported${there}`);
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    progress?.end();
  }
}
