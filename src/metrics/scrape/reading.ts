import { isWithin } from '../../timing/time-limit.ts';

interface ReadingBounds {
  /** A value is given again for this long. */
  keptMs: number;
  /** A scrape waits at most this long. */
  waitMs: number;
}

/**
 * A value that takes a database, Redis or a disk to read. One read runs at a time, and undefined is given where the last one
 * failed or takes too long. After a failure a scrape does not wait at all: it starts the next read and leaves it running.
 */
export function createReading<T>(
  read: () => Promise<T>,
  { keptMs, waitMs }: ReadingBounds,
): () => Promise<T | undefined> {
  let value: T | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    try {
      value = await read();
      hasFailed = false;
    } catch {
      hasFailed = true;
    } finally {
      readAt = performance.now();
      running = undefined;
    }
  }

  return async () => {
    if (performance.now() - readAt > keptMs) running ??= run();
    if (running && !hasFailed && !(await isWithin(running, waitMs))) hasFailed = true;
    return running || hasFailed ? undefined : value;
  };
}
