import { microsOf, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { floorTo, ROLLUP_STEPS, SECOND } from './rollup-steps.ts';

/** The rows of `log_rollups` of one step whose start is in this span. */
interface Tile extends TimeSpan {
  step: number;
}

interface Tiling {
  tiles: Tile[];
  /** The spans that no tile covers. Their records are counted one by one. */
  edges: TimeSpan[];
}

/** [from, to) in microseconds. */
type MicrosSpan = readonly [from: bigint, to: bigint];

/**
 * Covers a time span, outside its gaps, with the widest whole steps up to `widest` seconds. Tiles of step 0 add the deltas
 * that are not merged yet. Tiles and edges together count every record once. `gaps` are sorted, disjoint, of whole minutes,
 * and each overlaps the span.
 */
export function tilingOf(span: TimeSpan, gaps: readonly TimeSpan[], widest: number): Tiling {
  const steps = ROLLUP_STEPS.filter((step) => step <= widest);
  const tiles: Tile[] = [];
  const edges: MicrosSpan[] = [];
  const addTile = (step: number, [from, to]: MicrosSpan) => tiles.push({ step, ...timeSpanOf([from, to]) });
  const addEdge = ([from, to]: MicrosSpan) => {
    if (from >= to) return;
    if (edges.at(-1)?.[1] === from) edges.push([edges.pop()![0], to]);
    else edges.push([from, to]);
  };

  function cover([from, to]: MicrosSpan, [step, ...narrower]: readonly number[]): void {
    const inner = step !== undefined && wholeSteps([from, to], step);
    if (inner) {
      cover([from, inner[0]], narrower);
      addTile(step, inner);
      cover([inner[1], to], narrower);
    } else if (step === undefined) addEdge([from, to]);
    else cover([from, to], narrower);
  }

  let at = microsOf(span.from);
  const end = microsOf(span.to);
  for (const gap of [...gaps, { from: span.to, to: span.to }]) {
    const [from, to] = [larger(at, microsOf(gap.from)), smaller(end, microsOf(gap.to))];
    const unmerged = wholeSteps([at, from], 60);
    if (unmerged && steps.length > 0) addTile(0, unmerged);
    if (at < from) cover([at, from], steps);
    addEdge([from, to]);
    at = larger(from, to);
  }
  return { tiles, edges: edges.map(timeSpanOf) };
}

/** The whole steps within a span; undefined when there are none. */
function wholeSteps([from, to]: MicrosSpan, step: number): MicrosSpan | undefined {
  const width = BigInt(step) * SECOND;
  const first = floorTo(from + width - 1n, width);
  const last = floorTo(to, width);
  return first < last ? [first, last] : undefined;
}

/** Never undefined: the bounds lie between two valid timestamps. */
const timeSpanOf = ([from, to]: MicrosSpan): TimeSpan => ({
  from: timestampFromMicros(from)!,
  to: timestampFromMicros(to)!,
});

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
