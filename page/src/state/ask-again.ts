import { asking } from '../api/ask.ts';

const LOOK_EVERY_MS = 250;

/**
 * Runs what asks the server again: when it is wanted, but not more often than once in so many seconds, while the page is seen. Where
 * answers take longer, it waits for them: asking again would cancel them, and none would ever be shown.
 *
 * @returns ends it
 */
export function askAgain(everySeconds: number, isWanted: () => boolean, run: () => void): () => void {
  let due = Date.now() + everySeconds * 1000;
  const look = (): void => {
    if (document.hidden || asking.peek() > 0 || Date.now() < due || !isWanted()) return;
    due = Date.now() + everySeconds * 1000;
    run();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
  };
}
