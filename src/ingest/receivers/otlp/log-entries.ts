import { collected } from '../../../log-file/collected.ts';
import type { Entry } from '../../../log-file/entries/entry.ts';
import type { Clock } from '../../../log-file/inner-line.ts';
import { draftOfLog } from '../../../otlp/log-draft.ts';
import type { TooLarge } from '../../../otlp/telemetry/limits.ts';
import type { From, OtlpLog, Pause } from '../../../otlp/telemetry/telemetry.ts';
import { itemEntries } from './item-entries.ts';

/** The records of the log records of a request. */
export const logEntries = (
  logs: Iterable<From<OtlpLog | TooLarge> | Pause>,
  clock: Clock,
): Generator<readonly Entry[]> =>
  itemEntries(logs, 'log record', (found, at, size) =>
    Array.from(collected<Entry>([{ at, size, draft: draftOfLog(found) }], clock)),
  );
