import type { JsonObject } from '../../../log/json.ts';
import type { Draft } from '../../../log/record.ts';
import type { Rejection } from '../../../log/rejection.ts';
import { shown } from '../../../log/shown.ts';
import { collected } from '../../../log-file/collected.ts';
import { draftSize, type Entry } from '../../../log-file/entries/entry.ts';
import type { Clock } from '../../../log-file/inner-line.ts';
import { fieldsOfLabels } from './label-fields.ts';
import { LABELS_BYTES_MAX, LINE_BYTES_MAX, PAIRS_MAX, RECORDS_BYTES_MAX, tooMuch } from './limits.ts';
import { draftOfLine } from './line-draft.ts';
import { PAUSE, type Pause, type Pushed, type Stream, TOO_LARGE } from './push.ts';

/** Entries of one piece: between two pieces other work may run. */
const PIECE_ENTRIES = 50;

/** The records of the lines of a push. `at` counts lines from 1. `tenant`: whose lines they are. */
export function* pushEntries(
  lines: Iterable<Pushed | Pause>,
  tenant: string | null,
  clock: Clock,
): Generator<readonly Entry[]> {
  const entryOf = createEntryReader(tenant, clock);
  let piece: Entry[] = [];
  let at = 0;
  let bytes = 0;
  for (const pushed of lines) {
    if (pushed !== PAUSE) {
      for (const entry of collected([entryOf(++at, pushed)], clock)) {
        piece.push(entry);
        if ('size' in entry) bytes += entry.size;
      }
      if (bytes > RECORDS_BYTES_MAX) throw tooMuch();
      if (piece.length < PIECE_ENTRIES) continue;
    }
    yield piece;
    piece = [];
  }
  yield piece;
}

function createEntryReader(tenant: string | null, clock: Clock): (at: number, pushed: Pushed) => Entry {
  let lastStream: Stream | undefined;
  let ofLabels: { labels: JsonObject; draft: Draft } | undefined;
  return (at, { stream, line }) => {
    const { labels } = stream;
    if (labels === null) return invalidLabels(at, stream);
    if (line === TOO_LARGE) return tooLarge(at);
    if (line.timestamp === undefined) return invalidTimestamp(at);
    if (!ofLabels || stream !== lastStream) {
      const all = tenant === null ? labels : { tenant, ...labels };
      ofLabels = { labels: all, draft: fieldsOfLabels(all) };
      lastStream = stream;
    }
    const draft = draftOfLine(line, ofLabels, clock);
    return { at, size: draftSize(draft), draft, sentAt: line.timestamp ?? undefined };
  };
}

const invalidLabels = (at: number, { labelText }: Stream): Rejection => ({
  at,
  code: 'INVALID_LABELS',
  reason: `expected labels such as {job="nginx"}, at most ${PAIRS_MAX} and ${LABELS_BYTES_MAX} bytes, got ${shown(labelText)}`,
});

const tooLarge = (at: number): Rejection => ({
  at,
  code: 'TOO_LARGE',
  reason: `expected a line of at most ${LINE_BYTES_MAX} bytes with at most ${PAIRS_MAX} values of metadata, got a larger one`,
});

const invalidTimestamp = (at: number): Rejection => ({
  at,
  code: 'INVALID_TIMESTAMP',
  reason: 'expected nanoseconds since 1970, up to the year 9999, got another value',
});
