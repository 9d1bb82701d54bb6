import { collected } from '../../../log-file/collected.ts';
import type { Entry } from '../../../log-file/entries/entry.ts';
import type { Clock } from '../../../log-file/inner-line.ts';
import { draftOfLog } from './log-draft.ts';
import { itemTooLarge, RECORDS_BYTES_MAX, TOO_LARGE, type TooLarge, tooMuch } from './telemetry/limits.ts';
import { type From, type OtlpLog, PAUSE, type Pause } from './telemetry/telemetry.ts';

/** The records of the log records of a request. A piece has those of one log record, so that other work can run after each. */
export function* logEntries(
  logs: Iterable<From<OtlpLog | TooLarge> | Pause>,
  clock: Clock,
): Generator<readonly Entry[]> {
  let at = 0;
  let bytes = 0;
  for (const found of logs) {
    if (found === PAUSE) {
      yield NONE;
      continue;
    }
    at++;
    const { item, resource, scope } = found;
    if (item === TOO_LARGE) {
      yield [itemTooLarge(at, 'log record')];
      continue;
    }
    const size = item.size + resource.size + scope.size;
    bytes += size;
    if (bytes > RECORDS_BYTES_MAX) throw tooMuch();
    yield Array.from(collected<Entry>([{ at, size, draft: draftOfLog({ item, resource, scope }, clock) }], clock));
  }
}

const NONE: readonly Entry[] = [];
