import { microsOf, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';

import { floorTo, ROLLUP_STEPS, SECOND } from './rollup-deltas.ts';

/** Rows of `log_rollups` of one step, by their begin. */
interface Tile extends TimeSpan {
  step: number;
}

interface Tiling {
  tiles: Tile[];
  /** What no tile covers: there records are counted. */
  edges: TimeSpan[];
}

type Stretch = readonly [from: bigint, to: bigint];

/**
 * Covers a range with the widest whole steps up to `widest` seconds, outside the gaps; what is not merged yet (step 0)
 * beside them. Tiles and edges hold every record of the range once. `gaps` are
 * in order, apart, of whole minutes, and each reaches into the range.
 */
export function tilingOf(range: TimeSpan, gaps: readonly TimeSpan[], widest: number): Tiling {
  const steps = ROLLUP_STEPS.filter((step) => step <= widest);
  const tiles: Tile[] = [];
  const edges: Stretch[] = [];
  const addTile = (step: number, [from, to]: Stretch) => tiles.push({ step, ...boundsOf([from, to]) });
  const addEdge = ([from, to]: Stretch) => {
    if (from >= to) return;
    if (edges.at(-1)?.[1] === from) edges.push([edges.pop()![0], to]);
    else edges.push([from, to]);
  };

  function cover([from, to]: Stretch, [step, ...narrower]: readonly number[]): void {
    const inner = step !== undefined && wholeSteps([from, to], step);
    if (inner) {
      cover([from, inner[0]], narrower);
      addTile(step, inner);
      cover([inner[1], to], narrower);
    } else if (step === undefined) addEdge([from, to]);
    else cover([from, to], narrower);
  }

  let at = microsOf(range.from);
  const end = microsOf(range.to);
  for (const gap of [...gaps, { from: range.to, to: range.to }]) {
    const [from, to] = [larger(at, microsOf(gap.from)), smaller(end, microsOf(gap.to))];
    const unmerged = wholeSteps([at, from], 60);
    if (unmerged && steps.length > 0) addTile(0, unmerged);
    if (at < from) cover([at, from], steps);
    addEdge([from, to]);
    at = larger(from, to);
  }
  return { tiles, edges: edges.map(boundsOf) };
}

/** The whole steps within a stretch; undefined where it holds none. */
function wholeSteps([from, to]: Stretch, step: number): Stretch | undefined {
  const width = BigInt(step) * SECOND;
  const first = floorTo(from + width - 1n, width);
  const last = floorTo(to, width);
  return first < last ? [first, last] : undefined;
}

/** Within a range of timestamps, so no instant lies outside the years that there are. */
const boundsOf = ([from, to]: Stretch): TimeSpan => ({
  from: timestampFromMicros(from)!,
  to: timestampFromMicros(to)!,
});

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
