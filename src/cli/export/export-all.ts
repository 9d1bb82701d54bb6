import type { ExportedRecord } from '../../log/export/exported-record.ts';
import { say } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { number } from '../terminal/quantity.ts';
import { isReaderGone, type Sink } from '../terminal/sink.ts';

/** Where records go, and how they are written there. */
export interface Output {
  sink: Sink;
  text: (record: object) => string;
}

interface Exporting {
  batches: AsyncIterable<ExportedRecord[]>;
  /** Called when the server has accepted the request: opening a file empties it. */
  open: () => Promise<Output>;
  /** The name of the file, if the output is one. */
  file: string | undefined;
}

/**
 * Writes the records as they come, and says on a terminal how many. Where it ends early, what came is written, and stderr says how
 * to go on. @returns how many
 */
export async function exportAll({ batches, open, file }: Exporting): Promise<number> {
  const isWatched = process.stderr.isTTY && !(file === undefined && process.stdout.isTTY);
  const progress = isWatched ? createProgress(process.stderr, null) : null;
  let output: Output | undefined;
  let count = 0;
  let last: string | undefined;
  try {
    for await (const records of batches) {
      output ??= await open();
      await output.sink.write(records.map(output.text).join(''));
      count += records.length;
      last = records.at(-1)!.id;
      progress?.update(count, 0);
    }
    output ??= await open();
  } catch (error) {
    progress?.end();
    if (last !== undefined && !isReaderGone(error)) say(`-- continue from here with --after ${last} --`);
    await output?.sink.close().catch(() => {});
    throw error;
  }
  progress?.end();
  await output.sink.close();
  if (file !== undefined) say(`-- ${number(count)} records in ${file} --`);
  return count;
}
