import { type AuditPage, readAuditPage } from '../db/keys/audit.ts';
import { decodeAuditCursor } from '../log/cursor.ts';
import { first, type TimeRange, windowOrAll } from './arguments.ts';
import type { Context } from './context.ts';

interface AuditArguments {
  time?: TimeRange | null;
  first: number;
  after?: string | null;
}

/** @throws BadUserInput, CursorInvalid */
export async function auditEvents(args: AuditArguments, { sql, clock }: Context): Promise<AuditPage> {
  const [limit, after] = [first(args.first), args.after == null ? null : decodeAuditCursor(args.after, 'after')];
  return readAuditPage(sql, await windowOrAll(args.time, clock), limit, after);
}
