/** Appends numbered batches to the spool in its first argument, several at a time, and prints each number once it is acknowledged. */
import { writeSync } from 'node:fs';
import { openTestSpool, saying } from './spool.ts';

const [folder, run] = process.argv.slice(2) as [string, string];
const spool = await openTestSpool(folder, { segmentBytesMax: 64 * 1024, segmentsMax: 10_000 });
let next = 0;
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (;;) {
      const message = `${run}-${next++}`;
      await spool.append(saying(message));
      writeSync(1, `${message}\n`);
    }
  }),
);
