import type { Sql } from '../db/connection/client.ts';
import { readNewest } from '../db/read/newest.ts';
import type { Filter } from '../log/filter/filter.ts';
import { endOfNow, justAfter, shift, type Timestamp } from '../log/time.ts';

/** The clock of a machine may be this far ahead of the server's: its records are still part of a range that ends now. */
const AHEAD_MS_MAX = 60_000;

/** The time of one operation. Both instants are read at most once. */
export interface Clock {
  now: Timestamp;
  /** The end of a range without `to`: now, or just after the newest stored record in the scope that is at most `AHEAD_MS_MAX` ahead of now. */
  openEnd(): Promise<Timestamp>;
}

export function createClock(sql: Sql, scope: Filter | null): Clock {
  const now = endOfNow();
  let end: Promise<Timestamp> | undefined;
  const readEnd = async (): Promise<Timestamp> => {
    const newest = await readNewest(sql, { from: now, to: justAfter(shift(now, AHEAD_MS_MAX)) }, scope);
    return newest === null ? now : justAfter(newest);
  };
  return {
    now,
    openEnd() {
      end ??= readEnd();
      return end;
    },
  };
}
