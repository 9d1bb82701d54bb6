import { BadUserInput } from '../../errors.ts';
import { namesLeft } from '../../log/logql/names-left.ts';
import type { LogQuery } from '../../log/logql/syntax.ts';
import type { LogRecord } from '../../log/record.ts';
import { shown } from '../../log/shown.ts';
import { microsOf } from '../../log/time.ts';
import { exportedPages } from '../export/exported-pages.ts';
import { type Asked, success } from './answer.ts';
import { nanosOf, type Parameters } from './parameters.ts';
import type { Pause } from './pauses.ts';
import { type Labels, streamLabels, structuredMetadata } from './record-labels.ts';
import { statistics } from './statistics.ts';

export const ENTRIES_MAX = 5000;
const ENTRIES_DEFAULT = 100;
/** With `interval` records are left out: so many are read at most. */
const SCANNED_MAX = 50_000;
/** Of the lines of one answer. */
const CHARACTERS_MAX = 32 * 1024 * 1024;
/** The header with which a client asks for structured metadata apart from the labels of the stream, and its value. */
const FLAGS_HEADER = 'x-loki-response-encoding-flags';
const CATEGORIZE = 'categorize-labels';

type Entry = [nanos: string, line: string, more?: object];

export interface Stream {
  stream: Labels;
  values: Entry[];
}

/** The lines of a log query, as streams. @throws BadUserInput */
export async function answerLogQuery(query: LogQuery, text: string, asked: Asked): Promise<object> {
  const startedAt = performance.now();
  const { parameters } = asked;
  const records = await readRecords(query, text, asked);
  const isCategorized = wantsCategories(asked);
  const form = { isCategorized, labels: labelChoice(query) };
  const result = await streamsOf(records, form, asked.pause);
  const stats = statistics({ startedAt, lines: records.length, bytes: bytesOf(records) });
  const encodingFlags = isCategorized ? { encodingFlags: [CATEGORIZE] } : {};
  // Reads it only to say that a wrong one is wrong.
  parameters.duration('step');
  return success({ resultType: 'streams', result, stats, ...encodingFlags });
}

export const wantsCategories = ({ header }: Pick<Asked, 'header'>): boolean =>
  (header(FLAGS_HEADER) ?? '').split(',').includes(CATEGORIZE);

async function readRecords(query: LogQuery, text: string, asked: Asked): Promise<LogRecord[]> {
  const { parameters } = asked;
  const limit = parameters.count('limit', ENTRIES_DEFAULT, ENTRIES_MAX);
  const intervalMs = parameters.duration('interval');
  const order = isForward(parameters) ? 'OLDEST_FIRST' : 'NEWEST_FIRST';
  const filter = asked.visible(query, text);
  const window = parameters.span();
  let [characters, kept] = [0, 0];
  const pages = exportedPages(
    asked,
    {
      ...{ filter, window, order, after: null, calls: false, contents: false },
      limit: intervalMs === undefined ? limit : SCANNED_MAX,
    },
    () => characters,
  );
  const found: LogRecord[] = [];
  const isDue = createInterval(intervalMs);
  for await (const { records } of pages) {
    characters = 0;
    for (const record of records) {
      await asked.pause();
      const weight = weightOf(record);
      characters += weight;
      if (found.length >= limit || !isDue(record)) continue;
      found.push(record);
      kept += weight;
      if (kept > CHARACTERS_MAX) throw tooMuchText();
    }
    if (found.length >= limit) break;
  }
  return found;
}

/** @throws BadUserInput */
function isForward(parameters: Parameters): boolean {
  const direction = parameters.text('direction') ?? 'backward';
  if (!/^(forward|backward)$/i.test(direction)) {
    throw new BadUserInput(`direction: expected forward or backward, got ${shown(direction)}`);
  }
  return direction.toLowerCase() === 'forward';
}

/** Passes records that are at least so far from the last one that passed. */
function createInterval(intervalMs: number | undefined): (record: LogRecord) => boolean {
  if (intervalMs === undefined) return () => true;
  const least = BigInt(Math.round(intervalMs * 1000));
  let last: bigint | undefined;
  return ({ timestamp }) => {
    const at = microsOf(timestamp);
    if (last !== undefined && (at > last ? at - last : last - at) < least) return false;
    last = at;
    return true;
  };
}

const weightOf = ({ message, stackTrace, attributes }: LogRecord): number =>
  message.length + (stackTrace?.length ?? 0) + JSON.stringify(attributes).length;

const tooMuchText = (): BadUserInput =>
  new BadUserInput(
    `limit: expected lines and fields of at most ${CHARACTERS_MAX} characters, got more: use a lower limit, or filter`,
  );

const bytesOf = (records: readonly LogRecord[]): number =>
  records.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);

/** Which labels `drop` and `keep` leave. */
export type LabelChoice = (labels: Labels) => Labels;

export function labelChoice({ stages }: LogQuery): LabelChoice {
  if (stages.every(({ kind }) => kind !== 'drop' && kind !== 'keep')) return (labels) => labels;
  const isLeft = namesLeft(stages);
  return (labels) => Object.fromEntries(Object.entries(labels).filter(([name]) => isLeft(name)));
}

/**
 * Groups records by the labels of their stream. Without categories, all other labels count as labels of the stream too, as in
 * Loki: then most lines have a stream of their own.
 */
export async function streamsOf(
  records: readonly LogRecord[],
  { isCategorized, labels }: { isCategorized: boolean; labels: LabelChoice },
  pause: Pause,
): Promise<Stream[]> {
  const streams = new Map<string, Stream>();
  for (const record of records) {
    await pause();
    const own = labels(streamLabels(record));
    const metadata = labels(structuredMetadata(record));
    const stream = isCategorized ? own : { ...own, ...metadata };
    const key = JSON.stringify(stream);
    const found = streams.get(key) ?? { stream, values: [] };
    streams.set(key, found);
    const more = isCategorized ? [{ structuredMetadata: metadata }] : [];
    found.values.push([nanosOf(record.timestamp), record.message, ...more] as Entry);
  }
  return Array.from(streams.values());
}
