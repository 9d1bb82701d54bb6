/**
 * For `--import`: writes to the file WATCH_FILE, all the time, how the process is: `Watched` as JSON. SIGUSR2 begins the
 * delays anew.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Watched {
  peakBytes: number;
  /** The longest that the event loop was held since the last SIGUSR2. */
  delayMs: number;
}

const EVERY_MS = 100;

if (process.env.WATCH_FILE) {
  const file = process.env.WATCH_FILE;
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  process.on('SIGUSR2', () => delays.reset());
  setInterval(() => {
    const watched: Watched = { peakBytes: process.resourceUsage().maxRSS * 1024, delayMs: delays.max / 1e6 };
    writeFileSync(`${file}.new`, JSON.stringify(watched));
    renameSync(`${file}.new`, file);
  }, EVERY_MS).unref();
}
