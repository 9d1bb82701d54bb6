import { archivedIn, archiveIn, mayBeArchived } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { accessPathOf } from '../filter/access-path.ts';
import { readArchived } from './archived.ts';
import { joinedWindow, type Part, partsOf } from './archived-parts.ts';
import { cutAt, mergePlaced, PLACE, type Placed, withoutPlace } from './placed-rows.ts';
import { walkDatabase } from './walk-database.ts';
import { type Walk, windowOf } from './walk-sql.ts';

export type { Walk } from './walk-sql.ts';

/** Archived partitions that the next statement reads, for each of the one before, and at most. */
const GROWTH = 4;
const WIDTH_MAX = 64;
/** After a statement that takes longer, the next reads a single partition. */
const QUICK_MS = 1000;

/**
 * The first `limit` rows of the walk, of PostgreSQL and of the archive. It reads time by time until they are found. `columns` is a
 * select list.
 */
export const walkColumns = <Row extends object>(sql: Sql, columns: string, walk: Walk): Promise<Row[]> =>
  mayBeArchived(sql)
    ? inSnapshot(sql, (tx) => walkBoth<Row>(tx, columns, walk))
    : walkDatabase<Row>(sql, columns, walk);

async function walkBoth<Row extends object>(tx: Sql, columns: string, walk: Walk): Promise<Row[]> {
  const left = partsOf(windowOf(walk), await archivedIn(tx), walk.newestFirst);
  if (!left.some(({ isArchived }) => isArchived)) return walkDatabase(tx, columns, walk);

  const path = accessPathOf(walk.filter);
  const rows: Placed<Row>[] = [];
  // Ids are rare, and statistics rule most files out.
  let width = path === 'ids' || path === 'pipelines' ? WIDTH_MAX : 1;
  while (left.length > 0 && rows.length < walk.limit) {
    const step = left.splice(0, lengthOfStep(left, width));
    const startedAt = performance.now();
    rows.push(...(await readStep<Row>(tx, columns, { ...walk, limit: walk.limit - rows.length }, step)));
    if (step[0]!.isArchived) width = performance.now() - startedAt < QUICK_MS ? Math.min(GROWTH * width, WIDTH_MAX) : 1;
  }
  return rows.map(withoutPlace);
}

/** Archived parts at the beginning, up to `width` of them; or the one that is not archived. */
function lengthOfStep(parts: readonly Part[], width: number): number {
  const end = parts.findIndex(({ isArchived }) => !isArchived);
  return end === 0 ? 1 : Math.min(width, end === -1 ? parts.length : end);
}

/** Records that came late for an archived time are in PostgreSQL: both are read, and merged. */
async function readStep<Row extends object>(
  tx: Sql,
  columns: string,
  walk: Walk,
  step: readonly Part[],
): Promise<Placed<Row>[]> {
  const placed = `${columns}, ${PLACE}`;
  const ofStep = { ...walk, window: joinedWindow(step) };
  if (!step[0]!.isArchived) return walkDatabase<Placed<Row>>(tx, placed, ofStep);
  const files = await archiveIn(tx, ofStep.window);
  const archived = files ? await readArchived<Placed<Row>>(files, placed, ofStep) : [];
  const stored = await walkDatabase<Placed<Row>>(tx, placed, cutAt(ofStep, archived));
  return mergePlaced(archived, stored, walk);
}
