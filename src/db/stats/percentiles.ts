/** Values of one group in a range: `low` is the least, `high` the greatest. `sum`: times `SUM_SCALE`. */
export interface Cell {
  count: number;
  low: number;
  high: number;
  sum: number;
}

/** As `percentile_cont` in PostgreSQL: the value at a fraction of the way from the first to the last. */
const FRACTIONS = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

const countOf = (cells: readonly Cell[]): number => cells.reduce((sum, { count }) => sum + count, 0);

/** The places, from 0, of the values next to a percentile. */
function placesOf(fraction: number, count: number): [first: number, second: number, rest: number] {
  const place = fraction * (count - 1);
  return [Math.floor(place), Math.ceil(place), place - Math.floor(place)];
}

/** The cell that the value at a place lies in. `cells` are disjoint and sorted. */
function cellAt<One extends Cell>(cells: readonly One[], place: number): One {
  let before = 0;
  for (const cell of cells) {
    before += cell.count;
    if (place < before) return cell;
  }
  throw new RangeError(`expected a place below ${before}, got ${place}`);
}

/** The cells that hold a percentile of a group, and more than one value. `cells` are disjoint and sorted. */
export function openCells<One extends Cell>(cells: readonly One[]): One[] {
  const count = countOf(cells);
  const places = Object.values(FRACTIONS).flatMap((fraction) => placesOf(fraction, count).slice(0, 2));
  return [...new Set(places.map((place) => cellAt(cells, place)))].filter(({ low, high }) => low < high);
}

/** The percentiles of a group without open cells. */
export function percentilesOf(cells: readonly Cell[]): Record<keyof typeof FRACTIONS, number> {
  const count = countOf(cells);
  const percentile = (fraction: number): number => {
    const [first, second, rest] = placesOf(fraction, count);
    const [low, high] = [cellAt(cells, first).low, cellAt(cells, second).low];
    return low + rest * (high - low);
  };
  return { p50: percentile(FRACTIONS.p50), p95: percentile(FRACTIONS.p95), p99: percentile(FRACTIONS.p99) };
}

/** Sorted bounds that divide each of these cells, at most about `most` in all. */
export function boundsWithin(cells: readonly Cell[], most: number): number[] {
  const ranges = joinedRanges(cells);
  const parts = Math.max(2, Math.floor(most / ranges.length));
  const bounds = ranges.flatMap(([low, high]) =>
    Array.from({ length: parts }, (_, index) => {
      const share = (index + 1) / parts;
      return low * (1 - share) + high * share;
    }),
  );
  return [...new Set(bounds)].sort((a, b) => a - b);
}

function joinedRanges(cells: readonly Cell[]): [low: number, high: number][] {
  const ranges: [number, number][] = [];
  for (const { low, high } of cells.toSorted((a, b) => a.low - b.low)) {
    const last = ranges.at(-1);
    if (last && low <= last[1]) last[1] = Math.max(last[1], high);
    else ranges.push([low, high]);
  }
  return ranges;
}
