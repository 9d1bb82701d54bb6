import type { RecordLog } from './record-log.ts';

let log: RecordLog | undefined;

/** Sets the log of everything that is given none: once, at the start of the program. */
export function setLog(one: RecordLog): void {
  log = one;
}

/** @throws TypeError there is none: records that go nowhere would be noticed too late. */
export function defaultLog(): RecordLog {
  if (!log)
    throw new TypeError('expected a log, got none. Pass the option `log`, or call setLog(log) once at the start.');
  return log;
}
