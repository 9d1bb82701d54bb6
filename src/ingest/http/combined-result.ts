import { decodeTailCursor } from '../../log/cursor.ts';
import { type IngestResult, nothingAccepted } from '../ingest-result.ts';

/** A result lists this many rejections and counts the others. */
const REJECTIONS_LISTED_MAX = 10_000;

/** The result of a request whose body was stored in parts. */
export interface CombinedResult extends IngestResult {
  /** Includes the rejections that `rejected` does not list. */
  rejectedCount: number;
  /** True unless a part was stored by this request. */
  replayed: boolean;
}

export const emptyResult = (): CombinedResult => ({ ...nothingAccepted([]), rejectedCount: 0, replayed: true });

/**
 * Adds the result of one part. The durability is SPOOL if any part was spooled. The cursor is the last one in commit order,
 * and null unless every part is in the database.
 */
export function addResult(total: CombinedResult, part: IngestResult): CombinedResult {
  const listedMax = REJECTIONS_LISTED_MAX - total.rejected.length;
  const durability = total.durability === 'SPOOL' ? 'SPOOL' : (part.durability ?? total.durability);
  return {
    accepted: total.accepted + part.accepted,
    duplicates: total.duplicates === null || part.duplicates === null ? null : total.duplicates + part.duplicates,
    rejected: listedMax > 0 ? total.rejected.concat(part.rejected.slice(0, listedMax)) : total.rejected,
    rejectedCount: total.rejectedCount + part.rejected.length,
    durability,
    cursor: durability === 'DATABASE' ? later(total.cursor, part.cursor) : null,
    replayed: total.replayed && (part.replayed === true || part.accepted === 0),
  };
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return decodeTailCursor(a).seq > decodeTailCursor(b).seq ? a : b;
}
