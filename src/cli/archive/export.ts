import { resolve } from 'node:path';
import { exportRecords } from '../../db/archive/export/export-records.ts';
import { BadUserInput } from '../../errors.ts';
import type { Timestamp } from '../../log/time.ts';
import { print } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { count } from '../terminal/quantity.ts';
import { openLocalArchive } from './local-archive.ts';

export interface ExportOptions {
  from: Timestamp;
  to: Timestamp;
}

export async function archiveExport(dir: string, { from, to }: ExportOptions, stop: AbortSignal): Promise<void> {
  if (from >= to) throw new BadUserInput(`--from: expected a time before --to (${to}), got ${from}`);
  await using archive = await openLocalArchive(stop);
  const progress = createProgress(process.stderr, null);
  try {
    const { records, calls, files } = await exportRecords({
      ...{ sql: archive.sql, client: archive.client, archiveFolder: archive.archiveFolder },
      ...{ folder: resolve(dir), span: { from, to }, signal: stop },
      onProgress: (done) => progress.update(done, 0),
    });
    progress.end();
    await print(`${count(records, 'record')} and ${count(calls, 'model call')} in ${count(files, 'file')} of ${dir}`);
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    progress.end();
  }
}
