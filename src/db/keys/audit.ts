import { randomUUID } from 'node:crypto';
import type { Caller } from '../../access/caller.ts';
import type { AuditPosition } from '../../log/cursor.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';

/** Who does something. `command`: by a command on the server's machine, without a key. */
export type Actor = Pick<Caller, 'apiKey' | 'address'> | 'command';

/** `AuditEvent` of the schema. */
export interface AuditEvent {
  id: string;
  at: Timestamp;
  action: string;
  keyName: string | null;
  keyPrefix: string | null;
  address: string | null;
  details: Record<string, unknown>;
}

/** Writes an event in the transaction of what was done. `details` must hold no secret. */
export const insertAudit = async (
  tx: Sql,
  actor: Actor,
  action: string,
  details: Record<string, unknown>,
  id: string = randomUUID(),
): Promise<void> => {
  const { apiKey, address } = actor === 'command' ? { apiKey: null, address: null } : actor;
  const said = actor === 'command' ? { ...details, by: 'a command on the server' } : details;
  await tx`
    insert into audit_events (id, action, key_name, key_prefix, address, details)
    values (${id}::uuid, ${action}, ${apiKey?.name ?? null}, ${apiKey?.prefix ?? null}, ${address},
      ${JSON.stringify(said)}::text::jsonb)
    on conflict (id) do update set details = excluded.details`;
};

export interface AuditPage {
  events: AuditEvent[];
  hasNextPage: boolean;
}

/** The newest first. Uses `idx_audit_events_at`. */
export async function readAuditPage(
  sql: Sql,
  { from, to }: TimeWindow,
  limit: number,
  after: AuditPosition | null,
): Promise<AuditPage> {
  const rows = await sql<AuditEvent[]>`
    select id, at, action, key_name as "keyName", key_prefix as "keyPrefix", address, details from audit_events
    where at < ${to}::timestamptz ${from === null ? sql`` : sql`and at >= ${from}::timestamptz`}
      ${after === null ? sql`` : sql`and (at, id) < (${after.at}::timestamptz, ${after.id}::uuid)`}
    order by at desc, id desc limit ${limit + 1}`;
  return { events: rows.slice(0, limit), hasNextPage: rows.length > limit };
}

/** Deletes in steps, so that no statement is long. */
const STEP_ROWS = 10_000;

export async function deleteOldAudit(sql: Sql, ageMs: number): Promise<void> {
  for (let deleted = STEP_ROWS; deleted === STEP_ROWS; ) {
    const { count } = await sql`
      delete from audit_events where id in (
        select id from audit_events where at < now() - ${ageMs / 1000}::float8 * interval '1 second'
        order by at limit ${STEP_ROWS})`;
    deleted = count;
  }
}
