import { isatty } from 'node:tty';

/** The exit code that a shell shows for a process that the signal ended: 128 and its number. */
export const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

/** npm repeats the SIGINT that a terminal sends to the whole group. A signal that comes so soon is the same request. */
const SAME_REQUEST_MS = 2000;
/** What the application may still do after its last run has ended. */
const EXIT_AFTER_MS = 2000;

let listeners = 0;

/**
 * Calls `onFirst` at the first signal, and `onAgain` at a later, deliberate one. Returns what ends it.
 * SIGHUP says that the terminal has gone. Without a terminal it is ignored, as `nohup` asks for: Node undoes what nohup does.
 */
export function listenForSignals(onFirst: (signal: StopSignal) => void, onAgain: () => void): () => void {
  // A terminal that has gone is none any more: so this is asked now.
  const hasTerminal = [0, 1, 2].some(isatty);
  let firstAt: number | undefined;
  const listen = (signal: StopSignal): void => {
    if (signal === 'SIGHUP' && !hasTerminal) return;
    if (firstAt === undefined) {
      firstAt = performance.now();
      onFirst(signal);
    } else if (performance.now() - firstAt > SAME_REQUEST_MS) onAgain();
  };
  const names = Object.keys(SIGNAL_EXIT_CODES) as StopSignal[];
  for (const name of names) process.on(name, listen);
  listeners++;
  return () => {
    for (const name of names) process.off(name, listen);
    listeners--;
  };
}

/**
 * Ends the process with the code of the signal: when nothing is left to do, and EXIT_AFTER_MS later at the latest, once every
 * run of this process has ended. `process.exit` lets loggers write what they still hold; the signal itself would not.
 */
export function exitForSignal(signal: StopSignal): void {
  const code = SIGNAL_EXIT_CODES[signal];
  process.exitCode = code;
  if (listeners === 0) setTimeout(() => process.exit(code), EXIT_AFTER_MS).unref();
}
