/**
 * For `--import`: writes `Watched` as JSON to the file WATCH_FILE, again and again. It measures the event loop between one
 * SIGUSR2 and the next.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

export interface Watched {
  peakBytes: number;
  /** The longest delay of the event loop while it was measured. */
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
    // A new monitor each time: an old one would also count the time when it was disabled.
    delays = delays ? undefined : monitorEventLoopDelay({ resolution: 1 });
    delays?.enable();
  });
  setInterval(() => {
    const watched: Watched = { peakBytes: process.resourceUsage().maxRSS * 1024, delayMs: longest() / 1e6 };
    writeFileSync(`${file}.new`, JSON.stringify(watched));
    renameSync(`${file}.new`, file);
  }, EVERY_MS).unref();
}
