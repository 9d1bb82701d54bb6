/**
 * Appends numbered batches to the spool in its first argument, and prints each number once it is acknowledged: four at a
 * time until it is killed, or as many as its third argument says, one by one.
 */
import { writeSync } from 'node:fs';
import { openTestSpool, saying } from './spool.ts';

const [folder, run, count] = process.argv.slice(2) as [string, string, string?];
const spool = await openTestSpool(folder, { segmentBytesMax: 64 * 1024, segmentsMax: 10_000 });
let next = 0;
await Promise.all(
  Array.from({ length: count ? 1 : 4 }, async () => {
    while (next < Number(count ?? Number.POSITIVE_INFINITY)) {
      const message = `${run}-${next++}`;
      await spool.append(saying(message));
      writeSync(1, `${message}\n`);
    }
  }),
);
