import type { Sql } from '../../db/connection/client.ts';
import { readSample } from '../../db/read/sample.ts';
import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { millisOf, type Timestamp } from '../../log/time.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import { createTurns } from '../../timing/turns.ts';
import { sortInWorker } from './sort-in-worker.ts';

export interface PatternRequest {
  filter: Filter;
  window: TimeWindow;
  baseline: TimeWindow | null;
  /** The most patterns. */
  first: number;
  /** The most records, of the window and of the baseline each. */
  size: number;
}

/** Messages that are alike but for their variable parts. */
export interface Pattern {
  template: string;
  query: string;
  count: number;
  /** Of the sample. */
  share: number;
  /** As in `system_logs.level`. */
  highestLevel: number;
  services: Set<string>;
  firstSeen: Timestamp;
  /** The newest record. */
  newest: Position;
  /** Null without a baseline. */
  baselineCount: number | null;
  /** Of each record, in milliseconds. */
  times: number[];
}

export interface FoundPatterns {
  sampled: number;
  /** Whether the sample is surely all matching records. */
  isComplete: boolean;
  patterns: Pattern[];
}

interface SampledRecord extends Position {
  level: number;
  service: string;
  message: string;
}

/** Characters of a message that are read. */
const MESSAGE_LENGTH_MAX = 1000;
/** Characters of all messages of a sample: of a large sample, less of each is read. */
const SAMPLE_LENGTH_MAX = 32 * 1024 * 1024;

/** The clock is not free. */
const ROWS_BETWEEN_LOOKS = 256;

/** The patterns of an even sample (db/read/sample.ts), the most common first. @throws as `sortInWorker` */
export async function findPatterns(sql: Sql, request: PatternRequest, gone: AbortSignal): Promise<FoundPatterns> {
  const { filter, window, baseline, first, size } = request;
  const lengthMax = Math.min(MESSAGE_LENGTH_MAX, Math.floor(SAMPLE_LENGTH_MAX / size));
  // One character more shows that a message is longer.
  const message = `left(message, ${lengthMax + 1}) as message`;
  const { rows: records, isComplete } = await readSample<SampledRecord>(
    sql,
    `ts as "timestamp", uid, level, service, ${message}`,
    {
      ...{ filter, window, size },
    },
  );
  const before =
    baseline && (await readSample<{ message: string }>(sql, message, { filter, window: baseline, size })).rows;
  if (records.length === 0) return { sampled: 0, isComplete, patterns: [] };
  const sorted = await sortInWorker(
    { messages: textsOf(records), baseline: textsOf(before ?? []), first, lengthMax },
    gone,
  );
  const patterns = sorted.templates.map(({ text, query }) => emptyPattern(text, query, before && 0));
  const turns = createTurns();
  for (const [i, record] of records.entries()) {
    const pattern = patterns[sorted.ofMessages[i]!];
    if (pattern) add(pattern, record, records.length);
    if (i % ROWS_BETWEEN_LOOKS === 0 && turns.isOver()) await turns.next();
  }
  for (const place of sorted.ofBaseline) if (place !== -1) patterns[place]!.baselineCount!++;
  return { sampled: records.length, isComplete, patterns };
}

const textsOf = (records: readonly { message: string }[]): string[] => records.map(({ message }) => message);

const emptyPattern = (template: string, query: string, baselineCount: number | null): Pattern => ({
  ...{ template, query, baselineCount, count: 0, share: 0, highestLevel: 0 },
  ...{ services: new Set(), firstSeen: '', newest: { timestamp: '', uid: '' }, times: [] },
});

function add(pattern: Pattern, { timestamp, uid, level, service }: SampledRecord, sampled: number): void {
  pattern.count++;
  pattern.share = pattern.count / sampled;
  pattern.highestLevel = Math.max(pattern.highestLevel, level);
  pattern.services.add(service);
  pattern.times.push(millisOf(timestamp));
  if (pattern.firstSeen === '' || timestamp < pattern.firstSeen) pattern.firstSeen = timestamp;
  const { newest } = pattern;
  if (timestamp > newest.timestamp || (timestamp === newest.timestamp && uid > newest.uid)) {
    pattern.newest = { timestamp, uid };
  }
}
