/** Where a record is in the order of the list: by its time, then by its uid. Both are texts that compare in this order. */
export interface Place {
  timestamp: string;
  uid: string;
  /** For `after` and `before` of the API. */
  cursor: string;
}

/** Rows of the list that come and go together. */
export interface Chunk<Row extends Place = Place> {
  /** For as long as the chunk holds these rows: the height that they had on the screen is known by it. */
  readonly id: number;
  /** Null: not in memory. The API has them, between the chunks before and after. */
  readonly rows: readonly Row[] | null;
  readonly count: number;
  readonly first: Place;
  readonly last: Place;
}

/** A part of all records that match, without a gap, in chunks. */
export interface RecordList<Row extends Place = Place> {
  readonly chunks: readonly Chunk<Row>[];
  /** Whether there are records before the first chunk, and after the last. */
  readonly before: boolean;
  readonly after: boolean;
}

export type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST';

export const CHUNK_ROWS = 10;
/** A chunk that grows while records come in live is divided at this size. */
const CHUNK_ROWS_MAX = 2 * CHUNK_ROWS;
/** Rows in memory. Those that are farthest from what is shown are dropped, and loaded again when they are shown. */
export const ROWS_MAX = 4000;
/** Chunks that are not in memory become one as long as it has no more rows. */
const MISSING_ROWS_MAX = 250;
/** Rows whose place is known. A browser shows no element of much more pixels. */
export const PLACES_MAX = 500_000;

export const EMPTY: RecordList<never> = { chunks: [], before: false, after: false };

let chunksMade = 0;

const placeOf = ({ timestamp, uid, cursor }: Place): Place => ({ timestamp, uid, cursor });

const chunkOf = <Row extends Place>(rows: readonly Row[], id = ++chunksMade): Chunk<Row> => ({
  id,
  rows,
  count: rows.length,
  first: placeOf(rows[0]!),
  last: placeOf(rows.at(-1)!),
});

export function chunksOf<Row extends Place>(rows: readonly Row[]): Chunk<Row>[] {
  const chunks: Chunk<Row>[] = [];
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) chunks.push(chunkOf(rows.slice(at, at + CHUNK_ROWS)));
  return chunks;
}

/** The list with a page at its end. */
export const withRowsAfter = <Row extends Place>(
  list: RecordList<Row>,
  rows: readonly Row[],
  after: boolean,
): RecordList<Row> => ({ ...list, chunks: [...list.chunks, ...chunksOf(rows)], after });

/** The list with a page before its start. */
export const withRowsBefore = <Row extends Place>(
  list: RecordList<Row>,
  rows: readonly Row[],
  before: boolean,
): RecordList<Row> => ({ ...list, chunks: [...chunksOf(rows), ...list.chunks], before });

/** The list with other rows in place of these chunks. */
export const withRowsOf = <Row extends Place>(
  list: RecordList<Row>,
  replaced: readonly Chunk<Row>[],
  rows: readonly Row[],
): RecordList<Row> => {
  const start = list.chunks.findIndex(({ id }) => id === replaced[0]?.id);
  if (start === -1) return list;
  // A chunk with as many rows as before keeps its id: its height is known.
  const [one] = replaced;
  const isSame = replaced.length === 1 && rows.length === one!.count;
  const chunks = isSame ? [chunkOf(rows, one!.id)] : chunksOf(rows);
  return { ...list, chunks: list.chunks.toSpliced(start, replaced.length, ...chunks) };
};

/**
 * The chunks without rows that stand together, around this index: one question loads them. At most `ROWS_MAX / 4` rows, or one chunk
 * that has more.
 */
export function missingAround<Row extends Place>(
  { chunks }: RecordList<Row>,
  index: number,
  end: number,
): Chunk<Row>[] {
  const missing: Chunk<Row>[] = [];
  let rows = 0;
  for (let i = index; i < end && chunks[i]?.rows === null; i++) {
    if (rows > 0 && rows + chunks[i]!.count > ROWS_MAX / 4) break;
    missing.push(chunks[i]!);
    rows += chunks[i]!.count;
  }
  return missing;
}

/**
 * Drops the rows of the chunks that are farthest from those shown, and forgets the farthest chunks where there are too many. The
 * chunks from `from` to `to`, both inclusive, stay as they are.
 */
export function bounded<Row extends Place>(
  list: RecordList<Row>,
  from: number,
  to: number,
  rowsMax = ROWS_MAX,
): RecordList<Row> {
  return forgetting(dropping(list, from, to, rowsMax), from, to);
}

function dropping<Row extends Place>(
  list: RecordList<Row>,
  from: number,
  to: number,
  rowsMax: number,
): RecordList<Row> {
  let surplus = -rowsMax;
  for (const { rows } of list.chunks) surplus += rows?.length ?? 0;
  if (surplus <= 0) return list;
  const chunks = [...list.chunks];
  let [start, end] = [0, chunks.length - 1];
  while (surplus > 0 && (start < from || end > to)) {
    const index = from - start > end - to ? start++ : end--;
    const chunk = chunks[index]!;
    if (chunk.rows === null) continue;
    surplus -= chunk.count;
    chunks[index] = { ...chunk, rows: null };
  }
  return { ...list, chunks: joined(chunks, from, to) };
}

/** Joins what is not in memory: hours of live records leave few chunks. */
function joined<Row extends Place>(chunks: readonly Chunk<Row>[], from: number, to: number): Chunk<Row>[] {
  const result: Chunk<Row>[] = [];
  chunks.forEach((chunk, index) => {
    const before = result.at(-1);
    const isFar = index < from || index > to + 1;
    if (before && isFar && !before.rows && !chunk.rows && before.count + chunk.count <= MISSING_ROWS_MAX)
      result[result.length - 1] = { ...before, count: before.count + chunk.count, last: chunk.last };
    else result.push(chunk);
  });
  return result;
}

function forgetting<Row extends Place>(list: RecordList<Row>, from: number, to: number): RecordList<Row> {
  let surplus = list.chunks.reduce((sum, { count }) => sum + count, -PLACES_MAX);
  if (surplus <= 0) return list;
  const isStartFarther = from > list.chunks.length - 1 - to;
  const chunks = [...list.chunks];
  while (surplus > 0) surplus -= (isStartFarther ? chunks.shift() : chunks.pop())!.count;
  return isStartFarther ? { ...list, chunks, before: true } : { ...list, chunks, after: true };
}

/** Whether a place comes before another one in the list. */
export const comesBefore = (a: Place, b: Place, order: Order): boolean => {
  const isOlder = a.timestamp === b.timestamp ? a.uid < b.uid : a.timestamp < b.timestamp;
  const isSame = a.timestamp === b.timestamp && a.uid === b.uid;
  return !isSame && isOlder === (order === 'OLDEST_FIRST');
};

/**
 * The list with records that came in since: each at its place, once. One whose place is in a chunk that is not in memory comes with
 * it; one that is before or after the list comes when that part is loaded.
 */
export function withNew<Row extends Place>(list: RecordList<Row>, rows: readonly Row[], order: Order): RecordList<Row> {
  const sorted = rows.toSorted((a, b) => (comesBefore(a, b, order) ? -1 : 1));
  if (list.chunks.length === 0) return list.before || list.after ? list : { ...list, chunks: chunksOf(sorted) };
  const chunks: Chunk<Row>[] = [];
  let at = 0;
  list.chunks.forEach((chunk, index) => {
    const isLast = index === list.chunks.length - 1;
    const start = at;
    while (at < sorted.length && ((isLast && !list.after) || !comesBefore(chunk.last, sorted[at]!, order))) at++;
    const own = sorted.slice(start, at);
    const inside = index === 0 && list.before ? own.filter((row) => !comesBefore(row, chunk.first, order)) : own;
    chunks.push(...(inside.length === 0 ? [chunk] : grown(chunk, inside, order)));
  });
  return { ...list, chunks };
}

function grown<Row extends Place>(chunk: Chunk<Row>, added: readonly Row[], order: Order): Chunk<Row>[] {
  const first = comesBefore(added[0]!, chunk.first, order) ? placeOf(added[0]!) : chunk.first;
  const last = comesBefore(chunk.last, added.at(-1)!, order) ? placeOf(added.at(-1)!) : chunk.last;
  if (chunk.rows === null) return [{ ...chunk, first, last, count: chunk.count + added.length }];
  const rows = merged(chunk.rows, added, order);
  if (rows.length <= CHUNK_ROWS_MAX) return [chunkOf(rows, chunk.id)];
  // The old chunk keeps its last rows, and so its place on the screen.
  return [...chunksOf(rows.slice(0, -CHUNK_ROWS)), chunkOf(rows.slice(-CHUNK_ROWS), chunk.id)];
}

function merged<Row extends Place>(a: readonly Row[], b: readonly Row[], order: Order): Row[] {
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const takesB = i === a.length || (j < b.length && comesBefore(b[j]!, a[i]!, order));
    const row = takesB ? b[j++]! : a[i++]!;
    if (rows.at(-1)?.uid !== row.uid || rows.at(-1)?.timestamp !== row.timestamp) rows.push(row);
  }
  return rows;
}

/** A row in memory, and where it is. */
export interface Found<Row extends Place> {
  row: Row;
  chunk: number;
  /** Within its chunk. */
  index: number;
}

export function findRow<Row extends Place>(list: RecordList<Row>, isWanted: (row: Row) => boolean): Found<Row> | null {
  for (const [chunk, { rows }] of list.chunks.entries()) {
    const index = rows?.findIndex(isWanted) ?? -1;
    if (index !== -1) return { row: rows![index]!, chunk, index };
  }
  return null;
}

/** The row before (-1) or after (1) another one; null where it is not in memory. */
export function neighbourOf<Row extends Place>(
  list: RecordList<Row>,
  { chunk, index }: Found<Row>,
  step: 1 | -1,
): Row | null {
  const beside = list.chunks[chunk]?.rows?.[index + step];
  return beside ?? list.chunks[chunk + step]?.rows?.at(step === 1 ? 0 : -1) ?? null;
}
