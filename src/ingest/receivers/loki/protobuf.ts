import { type JsonObject, setOwn } from '../../../log/json.ts';
import { type Timestamp, timestampFromMicros } from '../../../log/time.ts';
import { Fields, type Slice } from '../protobuf/wire.ts';
import { labelsOfText } from './label-text.ts';
import { ITEMS_MAX, LABELS_BYTES_MAX, LINE_BYTES_MAX, PAIRS_MAX, tooMany } from './limits.ts';
import { type Line, PAUSE, type Pause, type Pushed, type Stream, TOO_LARGE } from './push.ts';

/** Fields between two pauses, where a body has few lines. */
const FIELDS_PER_PAUSE = 1_000;

/**
 * The lines of a `PushRequest`. Field numbers: grafana/loki, `pkg/push/push.proto`.
 * @throws BodyRejected the bytes are no such message, or it is too large
 */
export function* protobufLines(body: Buffer): Generator<Pushed | Pause> {
  let read = 0;
  const isPause = (): boolean => {
    if (++read > ITEMS_MAX) throw tooMany();
    return read % FIELDS_PER_PAUSE === 0;
  };
  const request = new Fields(body);
  while (request.next()) {
    if (isPause()) yield PAUSE;
    if (request.number !== 1) continue;
    const place = request.slice();
    const stream = streamOf(body, place);
    const fields = new Fields(body, place.from, place.end);
    while (fields.next()) {
      if (isPause()) yield PAUSE;
      if (fields.number === 2) yield { stream, line: lineOf(body, fields.slice()) };
    }
  }
}

/** The labels are looked for before the lines: a message may have its fields in any order. */
function streamOf(body: Buffer, { from, end }: Slice): Stream {
  const fields = new Fields(body, from, end);
  let text = '';
  let isTooLong = false;
  for (let read = 0; fields.next(); read++) {
    if (read > ITEMS_MAX) throw tooMany();
    if (fields.number !== 1) continue;
    const slice = fields.slice();
    isTooLong = slice.end - slice.from > LABELS_BYTES_MAX;
    text = body.toString('utf8', slice.from, isTooLong ? slice.from + 1_000 : slice.end);
  }
  return { labels: isTooLong ? null : (labelsOfText(text) ?? null), labelText: text };
}

function lineOf(body: Buffer, { from, end }: Slice): Pushed['line'] {
  if (end - from > LINE_BYTES_MAX) return TOO_LARGE;
  const line: Line = { timestamp: null, text: '', metadata: null };
  let pairs = 0;
  const fields = new Fields(body, from, end);
  while (fields.next()) {
    if (fields.number === 1) line.timestamp = timestampOf(fields.fields());
    else if (fields.number === 2) line.text = fields.text();
    else if (fields.number === 3) {
      if (++pairs > PAIRS_MAX) return TOO_LARGE;
      line.metadata ??= {};
      addPair(line.metadata, fields.fields());
    }
  }
  return line;
}

function timestampOf(fields: Fields): Timestamp | null | undefined {
  let seconds = 0n;
  let nanos = 0;
  while (fields.next()) {
    if (fields.number === 1) seconds = fields.int64();
    else if (fields.number === 2) nanos = fields.int32();
  }
  if (seconds === 0n && nanos === 0) return null;
  return timestampFromMicros(seconds * 1_000_000n + BigInt(Math.floor(nanos / 1000)));
}

function addPair(metadata: JsonObject, fields: Fields): void {
  let name = '';
  let value = '';
  while (fields.next()) {
    if (fields.number === 1) name = fields.text();
    else if (fields.number === 2) value = fields.text();
  }
  setOwn(metadata, name, value);
}
