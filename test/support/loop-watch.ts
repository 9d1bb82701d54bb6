/**
 * For `--import` into a server: answers SIGUSR2 with a line of `LOOP_FILE`. The line has the longest delay of the event loop
 * since the line before, and the time that one `JSON.parse` of 4 MiB takes in this process.
 */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopLine {
  delayMs: number;
  parseMs: number;
}

const PARSED_BYTES = 4 * 1024 * 1024;

if (process.env.LOOP_FILE) {
  const file = process.env.LOOP_FILE;
  const record = JSON.stringify({ message: 'm'.repeat(100), level: 'info', n: 1, tags: ['a', 'b'] });
  const text = `[${Array.from({ length: PARSED_BYTES / (record.length + 1) }, () => record).join(',')}]`;
  let delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  process.on('SIGUSR2', () => {
    const delayMs = delays.max / 1e6;
    delays.disable();
    const begun = performance.now();
    JSON.parse(text);
    const line: LoopLine = { delayMs, parseMs: performance.now() - begun };
    delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  });
}
