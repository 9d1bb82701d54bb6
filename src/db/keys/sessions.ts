import type { Milliseconds } from '../../log/duration.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';

/** The session of a browser. */
export interface Session {
  /** SHA-256 of what the cookie holds, in hex. */
  hash: string;
  /** SHA-256 of the key that the session stands for, in hex. */
  keyHash: string;
  expiresAt: Timestamp;
}

/** Of one key. A new one ends the oldest. */
export const SESSIONS_PER_KEY_MAX = 100;

export const readSessions = async (sql: Sql): Promise<Session[]> =>
  sql<Session[]>`
    select encode(hash, 'hex') as hash, encode(key_hash, 'hex') as "keyHash", expires_at as "expiresAt"
    from sessions where expires_at > now()`;

/** Also removes sessions that have expired, and those of the key beyond its limit. Uses `idx_sessions_key_hash`. */
export const insertSession = async (sql: Sql, hash: string, keyHash: string, lastsMs: Milliseconds): Promise<void> =>
  void (await sql`
    with surplus as (
      select hash from sessions where key_hash = decode(${keyHash}, 'hex')
      order by created_at desc offset ${SESSIONS_PER_KEY_MAX - 1}
    ), removed as (
      delete from sessions where expires_at <= now() or hash in (select hash from surplus)
    )
    insert into sessions (hash, key_hash, expires_at)
    values (decode(${hash}, 'hex'), decode(${keyHash}, 'hex'),
      clock_timestamp() + ${lastsMs / 1000}::float8 * interval '1 second')`);

/**
 * Looks before it deletes: the trigger of the table writes after each statement, also after one that deletes nothing, and anyone may
 * ask for a session to be ended. @returns whether there was one
 */
export async function deleteSession(sql: Sql, hash: string): Promise<boolean> {
  const [session] = await sql`select from sessions where hash = decode(${hash}, 'hex')`;
  if (session) await sql`delete from sessions where hash = decode(${hash}, 'hex')`;
  return session !== undefined;
}
