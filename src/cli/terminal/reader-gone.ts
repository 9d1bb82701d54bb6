import { closeSync, constants, fstatSync, openSync } from 'node:fs';

const STDOUT = 1;
const LOOK_EVERY_MS = 500;

/**
 * Aborts when the reader of stdout has gone, as in `weir tail | head -1`. A write fails then, but a tail may have nothing to
 * write for a long time. Linux says it without a write: a pipe without a reader cannot be opened. Elsewhere the next write ends
 * the command.
 */
export function readerGone(): AbortSignal {
  const gone = new AbortController();
  if (process.platform !== 'linux' || !fstatSync(STDOUT).isFIFO()) return gone.signal;
  const timer = setInterval(() => {
    if (hasReader()) return;
    clearInterval(timer);
    gone.abort();
  }, LOOK_EVERY_MS);
  timer.unref();
  return gone.signal;
}

function hasReader(): boolean {
  try {
    closeSync(openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENXIO';
  }
}
