/**
 * For `--import`: writes to the file WATCH_FILE, all the time, how the process is: `Watched` as JSON. The event loop is
 * watched from one SIGUSR2 to the next.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

export interface Watched {
  peakBytes: number;
  /** The longest that the event loop was held while it was watched. */
  delayMs: number;
}

export const EVERY_MS = 100;

if (process.env.WATCH_FILE) {
  const file = process.env.WATCH_FILE;
  let longestNs = 0;
  let delays: ELDHistogram | undefined;
  const longest = (): number => Math.max(longestNs, delays?.max ?? 0);
  process.on('SIGUSR2', () => {
    longestNs = longest();
    delays?.disable();
    // A new one each time: what it was disabled for would count.
    delays = delays ? undefined : monitorEventLoopDelay({ resolution: 1 });
    delays?.enable();
  });
  setInterval(() => {
    const watched: Watched = { peakBytes: process.resourceUsage().maxRSS * 1024, delayMs: longest() / 1e6 };
    writeFileSync(`${file}.new`, JSON.stringify(watched));
    renameSync(`${file}.new`, file);
  }, EVERY_MS).unref();
}
