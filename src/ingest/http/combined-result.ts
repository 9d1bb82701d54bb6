import { decodeTailCursor } from '../../log/cursor.ts';
import { type Answer, nothingAccepted } from '../submission.ts';

/** Rejections that an answer lists; the others are only counted. */
const REJECTIONS_LISTED_MAX = 10_000;

/** The answer to a request whose records were stored in several parts. */
export interface Total extends Answer {
  /** All of them, listed or not. */
  rejectedCount: number;
}

export const noAnswer = (): Total => ({ ...nothingAccepted([]), rejectedCount: 0 });

/** SPOOL where any part was spooled; the cursor is the last in commit order, and none unless all parts are committed. */
export function addAnswer(total: Total, answer: Answer): Total {
  const room = REJECTIONS_LISTED_MAX - total.rejected.length;
  const durability = total.durability === 'SPOOL' ? 'SPOOL' : (answer.durability ?? total.durability);
  return {
    accepted: total.accepted + answer.accepted,
    duplicates: total.duplicates === null || answer.duplicates === null ? null : total.duplicates + answer.duplicates,
    rejected: room > 0 ? total.rejected.concat(answer.rejected.slice(0, room)) : total.rejected,
    rejectedCount: total.rejectedCount + answer.rejected.length,
    durability,
    cursor: durability === 'DATABASE' ? later(total.cursor, answer.cursor) : null,
  };
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return decodeTailCursor(a).seq > decodeTailCursor(b).seq ? a : b;
}
