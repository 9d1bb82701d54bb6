import { isWithin } from '../../timing/time-limit.ts';

interface ReadingBounds {
  /** A value is not read again for this long. */
  keptMs: number;
  /** A scrape waits at most this long for a read, and once for each read. */
  waitMs: number;
  /** An older value is not given, however long the next read takes. */
  ageMsMax: number;
}

/**
 * A value that takes a database, Redis or a disk to read: undefined if it is not known now. One read runs at a time. After a read
 * that failed, a scrape does not wait at all: it starts the next read and leaves it running.
 */
export function createReading<T>(
  read: () => Promise<T>,
  { keptMs, waitMs, ageMsMax }: ReadingBounds,
): () => Promise<T | undefined> {
  let value: T | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let mayWait = true;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    try {
      value = await Promise.try(read);
      mayWait = true;
    } catch {
      value = undefined;
      mayWait = false;
    }
    readAt = performance.now();
    running = undefined;
  }

  const age = (): number => performance.now() - readAt;

  return async () => {
    if (age() > keptMs) running ??= run();
    if (running && mayWait && !(await isWithin(running, waitMs))) mayWait = false;
    return age() > ageMsMax ? undefined : value;
  };
}
