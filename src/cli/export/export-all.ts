import type { ExportedRecord } from '../../log/export/exported-record.ts';
import { say } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { number } from '../terminal/quantity.ts';
import { isReaderGone, type Sink } from '../terminal/sink.ts';

interface Exporting {
  batches: AsyncIterable<ExportedRecord[]>;
  text: (record: ExportedRecord) => string;
  sink: Sink;
  /** The name of the file, if the sink is one. */
  file: string | undefined;
}

/**
 * Writes the records as they come, and says on a terminal how many. Where it ends early, what came is written, and stderr says how
 * to go on. @returns how many
 */
export async function exportAll({ batches, text, sink, file }: Exporting): Promise<number> {
  const isWatched = process.stderr.isTTY && !sink.stream.isTTY;
  const progress = isWatched ? createProgress(process.stderr, null) : null;
  let count = 0;
  let last: string | undefined;
  try {
    for await (const records of batches) {
      await sink.write(records.map((record) => text(record)).join(''));
      count += records.length;
      last = records.at(-1)!.id;
      progress?.update(count, 0);
    }
  } catch (error) {
    progress?.end();
    if (last !== undefined && !isReaderGone(error)) say(`-- continue from here with --after ${last} --`);
    await sink.close().catch(() => {});
    throw error;
  }
  progress?.end();
  await sink.close();
  if (file !== undefined) say(`-- ${number(count)} records in ${file} --`);
  return count;
}
