import { isJsonObject, type Json, type JsonObject, parseScanned, setOwn } from '../../../log/json.ts';
import { scanJson } from '../../../log/json-scan.ts';
import { bytesOf, type JsonSlice, JsonWalk } from '../../../log/json-walk.ts';
import { parseTimestamp, type Timestamp, timestampFromEpoch } from '../../../log/time.ts';
import { labelsOfText } from './label-text.ts';
import { ITEMS_MAX, invalid, LABELS_BYTES_MAX, PAIRS_MAX, tooMany } from './limits.ts';
import { PAUSE, type Pause, type Pushed, type Stream, TOO_LARGE } from './push.ts';

const ITEMS_PER_PAUSE = 1_000;
/** Of a line with metadata, or of labels. */
const DEPTH_MAX = 64;
/** Commas and brackets of the same. */
const VALUES_MAX = 2 * PAIRS_MAX;

/**
 * The lines of a push in JSON: `{"streams":[{"stream":{"job":"nginx"},"values":[["1700000000000000000","line",{}]]}]}`, or in the
 * older form with `"labels":"{job=\\"nginx\\"}"` and `"entries":[{"ts":"...","line":"..."}]`.
 * @throws BodyRejected the text is no such push, or it is too large
 */
export function* jsonLines(body: Buffer): Generator<Pushed | Pause> {
  const walk = new JsonWalk(body);
  let read = 0;
  const isPause = (): boolean => {
    if (++read > ITEMS_MAX) throw tooMany();
    return read % ITEMS_PER_PAUSE === 0;
  };
  for (const key of walk.members()) {
    if (isPause()) yield PAUSE;
    if (key !== 'streams') walk.skip();
    else for (const _ of walk.elements()) yield* linesOf(body, yield* partsOf(walk, isPause));
  }
  walk.end();
}

interface Parts {
  labels: JsonSlice | undefined;
  lines: JsonSlice[];
}

/** Finds the parts of a stream before any is parsed, because the members of an object may be in any order. */
function* partsOf(walk: JsonWalk, isPause: () => boolean): Generator<Pause, Parts> {
  const parts: Parts = { labels: undefined, lines: [] };
  for (const key of walk.members()) {
    if (isPause()) yield PAUSE;
    if (key === 'values' || key === 'entries') {
      for (const _ of walk.elements()) {
        if (isPause()) yield PAUSE;
        parts.lines.push(walk.skip());
      }
    } else if (key === 'stream' || key === 'labels') parts.labels = walk.skip();
    else walk.skip();
  }
  return parts;
}

function* linesOf(body: Buffer, { labels, lines }: Parts): Generator<Pushed> {
  const stream = streamOf(body, labels);
  for (const slice of lines) yield { stream, line: lineOf(body, slice) };
}

function streamOf(body: Buffer, slice: JsonSlice | undefined): Stream {
  if (!slice) return { labels: {}, labelText: '' };
  const text = body.toString('utf8', slice.from, Math.min(slice.end, slice.from + LABELS_BYTES_MAX));
  const labels = bytesOf(slice) > LABELS_BYTES_MAX ? undefined : labelsOf(parsed(text, slice));
  return { labels: labels ?? null, labelText: text };
}

function labelsOf(value: unknown): JsonObject | undefined {
  return typeof value === 'string' ? labelsOfText(value) : isJsonObject(value) ? pairsOf(value) : undefined;
}

function lineOf(body: Buffer, slice: JsonSlice): Pushed['line'] {
  const value = parsed(body.toString('utf8', slice.from, slice.end), slice);
  if (value === undefined) return TOO_LARGE;
  const { ts, line, metadata } = membersOf(value, slice);
  if (typeof line !== 'string') throw notALine(slice);
  return { timestamp: timestampOf(ts), text: line, metadata: isJsonObject(metadata) ? pairsOf(metadata) : null };
}

function membersOf(value: unknown, slice: JsonSlice): { ts: unknown; line: unknown; metadata: unknown } {
  if (Array.isArray(value)) return { ts: value[0], line: value[1], metadata: value[2] };
  if (isJsonObject(value))
    return { ts: value.ts ?? value.timestamp, line: value.line, metadata: value.structuredMetadata };
  throw notALine(slice);
}

/** Values are texts in Loki; others are kept as they are. */
function pairsOf(object: Record<string, unknown>): JsonObject {
  const pairs: JsonObject = {};
  for (const key in object) if (object[key] !== null) setOwn(pairs, key, object[key] as Json);
  return pairs;
}

const DIGITS = /^-?\d{1,20}$/;

/** Nanoseconds since 1970. Seconds, milliseconds and microseconds are told from them by their size. */
function timestampOf(value: unknown): Timestamp | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  const text = String(value);
  return DIGITS.test(text) ? timestampFromEpoch(text) : parseTimestamp(text);
}

/** Undefined: it has more values than it may have. */
function parsed(text: string, { from }: JsonSlice): unknown {
  const shape = scanJson(text);
  if (shape.values > VALUES_MAX) return undefined;
  if (shape.depth > DEPTH_MAX) throw invalid(`expected JSON of at most ${DEPTH_MAX} levels at byte ${from}, got more`);
  try {
    return parseScanned(text, shape);
  } catch (error) {
    throw invalid(`expected JSON, got what begins at byte ${from} and is none (${(error as Error).name})`);
  }
}

const notALine = ({ from }: JsonSlice) =>
  invalid(`expected a line as ["nanoseconds", "text"] at byte ${from}, got something else`);
