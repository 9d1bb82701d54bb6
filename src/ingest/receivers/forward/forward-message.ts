import { gunzipSync } from 'node:zlib';
import { isJsonObject, type JsonObject, setBeside } from '../../../log/json.ts';
import type { Draft } from '../../../log/record.ts';
import { type Timestamp, timestampFromEpoch } from '../../../log/time.ts';
import { uidOfForwarded } from '../../../log/uid.ts';
import type { Clock } from '../../../log-file/inner-line.ts';
import { oneRecord, withMessageAsLine } from '../../../log-file/one-record.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';
import { MESSAGE_BYTES_MAX } from './forward-framer.ts';
import { BrokenMsgpack } from './msgpack-header.ts';
import { createMsgpackReader, type MsgpackReader } from './msgpack-reader.ts';

/** Of one message. */
const EVENTS_MAX = 100_000;

/** The options of a message. With a chunk, its sender waits for an acknowledgement. */
export interface ForwardOptions {
  chunk: string | undefined;
  isCompressed: boolean;
}

interface Context {
  tag: string;
  chunk: string | undefined;
  clock: Clock;
}

/** @throws BrokenMsgpack */
export function optionsOf(message: Buffer): ForwardOptions {
  const reader = createMsgpackReader(message);
  const size = reader.array();
  reader.skip();
  const { kind } = reader.peek();
  const place = kind === 'array' || kind === 'bytes' || kind === 'text' ? 2 : 3;
  for (let n = 1; n < place && n < size; n++) reader.skip();
  const options = size > place ? reader.value() : null;
  const { chunk, compressed }: JsonObject = isJsonObject(options) ? (options as JsonObject) : {};
  return { chunk: typeof chunk === 'string' && chunk !== '' ? chunk : undefined, isCompressed: compressed === 'gzip' };
}

/**
 * The events of a message: `[tag, time, record]`, `[tag, [[time, record], ...]]`, or the latter as bytes, which may be compressed.
 * Format: Fluentd, "Forward Protocol Specification v1".
 * @throws BrokenMsgpack
 */
export function* readForward(message: Buffer, clock: Clock): Generator<Draft> {
  const { chunk, isCompressed } = optionsOf(message);
  const reader = createMsgpackReader(message);
  reader.array();
  const context = { tag: reader.raw().toString(), chunk, clock };
  const { kind } = reader.peek();
  if (kind === 'array') {
    const count = reader.array();
    return yield* readEvents(reader, context, (read) => read === count);
  }
  if (kind !== 'bytes' && kind !== 'text') return yield draftOf(timeOf(reader), reader.value(), 0, context);
  const packed = reader.raw();
  const events = createMsgpackReader(isCompressed ? unpacked(packed) : packed);
  yield* readEvents(events, context, () => events.isAtEnd);
}

function* readEvents(reader: MsgpackReader, context: Context, isDone: (read: number) => boolean): Generator<Draft> {
  for (let place = 0; !isDone(place); place++) {
    if (place === EVENTS_MAX) throw new BrokenMsgpack(`expected at most ${EVENTS_MAX} events, got more`);
    const size = reader.array();
    if (size < 2) throw new BrokenMsgpack(`expected an event of a time and a record, got ${size} values`);
    yield draftOf(timeOf(reader), reader.value(), place, context);
    for (let n = 2; n < size; n++) reader.skip();
  }
}

/** EventTime, seconds, or as Fluent Bit writes it: one of them in a list with metadata. */
function timeOf(reader: MsgpackReader): Timestamp | undefined {
  const { kind, size } = reader.peek();
  if (kind === 'array' && size > 0) {
    reader.array();
    const time = timeOf(reader);
    for (let n = 1; n < size; n++) reader.skip();
    return time;
  }
  if (kind === 'extension') {
    const bytes = reader.raw();
    if (bytes.length !== 8) return undefined;
    return timestampFromEpoch(`${bytes.readUInt32BE()}.${String(bytes.readUInt32BE(4)).padStart(9, '0')}`);
  }
  const value = reader.value();
  return typeof value === 'number' && value > 0 ? timestampFromEpoch(value) : undefined;
}

/** An event of a chunk has a uid that follows from the chunk: a chunk that is sent again is stored once. */
function draftOf(time: Timestamp | undefined, record: unknown, place: number, { tag, chunk, clock }: Context): Draft {
  const sent: JsonObject = isJsonObject(record) ? (record as JsonObject) : { message: JSON.stringify(record) };
  const event = oneRecord(draftFromJson(sent), sent);
  setBeside(event.attributes as JsonObject, 'tag', tag);
  event.timestamp ??= time ?? null;
  const draft = withMessageAsLine(event, clock);
  if (chunk !== undefined && draft.timestamp && !draft.uid) draft.uid = uidOfForwarded(chunk, place);
  return draft;
}

function unpacked(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: MESSAGE_BYTES_MAX });
  } catch (error) {
    throw new BrokenMsgpack(`expected gzip of at most ${MESSAGE_BYTES_MAX} bytes: ${(error as Error).message}`);
  }
}
