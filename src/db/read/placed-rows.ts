import type { Timestamp } from '../../log/time.ts';
import type { Walk } from './walk-sql.ts';

/** A row with its place in the order of records, under names that no field has. */
export type Placed<Row> = Row & { walk_ts: Timestamp; walk_uid: string };

/** The end of the select list whose rows are `Placed`. */
export const PLACE = 'ts as walk_ts, uid as walk_uid';

type Order = Pick<Walk, 'newestFirst' | 'limit'>;

/** The first rows of both, each in the order of the walk. */
export function mergePlaced<Row>(
  one: readonly Placed<Row>[],
  other: readonly Placed<Row>[],
  { newestFirst, limit }: Order,
): Placed<Row>[] {
  const merged: Placed<Row>[] = [];
  for (let [i, k] = [0, 0]; merged.length < limit && (i < one.length || k < other.length); ) {
    const [a, b] = [one[i], other[k]];
    const isFirst = b === undefined || (a !== undefined && isBefore(a, b, newestFirst));
    merged.push(isFirst ? one[i++]! : other[k++]!);
  }
  return merged;
}

function isBefore(a: Placed<object>, b: Placed<object>, newestFirst: boolean): boolean {
  const isEarlier = a.walk_ts === b.walk_ts ? a.walk_uid < b.walk_uid : a.walk_ts < b.walk_ts;
  return isEarlier !== newestFirst;
}

/** The walk without what comes after these rows, where they fill it: nothing of that can be among its first. */
export function cutAt(walk: Walk, rows: readonly Placed<object>[]): Walk {
  if (rows.length < walk.limit) return walk;
  const { walk_ts: timestamp, walk_uid: uid } = rows.at(-1)!;
  return { ...walk, [walk.newestFirst ? 'above' : 'below']: { timestamp, uid } };
}

export const withoutPlace = <Row extends object>({ walk_ts: _, walk_uid: __, ...row }: Placed<Row>): Row =>
  row as unknown as Row;
