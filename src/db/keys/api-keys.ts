import type { Right, Stamp } from '../../access/caller.ts';
import type { KeyGrant } from '../../access/key-grant.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';

/** `ApiKey` of the schema. */
export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  rights: Right[];
  scope: string | null;
  stamp: Stamp | null;
  recordsPerSecond: number | null;
  createdAt: Timestamp;
  expiresAt: Timestamp | null;
  revokedAt: Timestamp | null;
  lastUsedAt: Timestamp | null;
}

/** What a server must know of a key to let its holder in. */
export interface LivingKey {
  id: string;
  /** SHA-256, in hex. */
  hash: string;
  name: string;
  prefix: string;
  rights: Right[];
  scopeText: string | null;
  /** As it was stored: a newer version may have written it. */
  scope: string | null;
  stamp: Stamp | null;
  recordsPerSecond: number | null;
  expiresAt: Timestamp | null;
}

/** Keys that hold at the same time. */
export const KEYS_MAX = 1000;
/** Revoked and expired ones are listed for this long. */
const ENDED_SHOWN_DAYS = 30;
const LISTED_MAX = 2 * KEYS_MAX;

const isLiving = (sql: Sql): Fragment => sql`revoked_at is null and (expires_at is null or expires_at > now())`;

const apiKey = (sql: Sql): Fragment => sql`
  id, name, prefix, rights, scope_text as scope, stamp, records_per_second as "recordsPerSecond",
  created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt", last_used_at as "lastUsedAt"`;

/** Changes when a key is made, changed or revoked. */
export async function readKeysVersion(sql: Sql): Promise<number> {
  const [row] = await sql<{ version: number }[]>`
    select (value #>> '{}')::bigint as version from weir_state where name = 'api_keys_version'`;
  return row?.version ?? 0;
}

export const readLivingKeys = async (sql: Sql): Promise<LivingKey[]> =>
  sql<LivingKey[]>`
    select id, encode(hash, 'hex') as hash, name, prefix, rights, scope_text as "scopeText", scope, stamp,
      records_per_second as "recordsPerSecond", expires_at as "expiresAt"
    from api_keys where ${isLiving(sql)} order by created_at, id`;

/** The newest first. When there are too many, ended ones are left out. */
export const listKeys = async (sql: Sql): Promise<ApiKey[]> =>
  sql<ApiKey[]>`
    select ${apiKey(sql)} from (
      select * from api_keys
      where ${isLiving(sql)} or least(revoked_at, expires_at) > now() - make_interval(days => ${ENDED_SHOWN_DAYS})
      order by (${isLiving(sql)}) desc, created_at desc limit ${LISTED_MAX}
    ) as shown order by created_at desc, id`;

/** In the order of the ids; null for one that does not exist. */
export async function findKeys(sql: Sql, ids: readonly string[]): Promise<(ApiKey | null)[]> {
  const rows = await sql<ApiKey[]>`select ${apiKey(sql)} from api_keys where id = any (${ids as string[]}::uuid[])`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** A key that holds has this name. */
export async function isNameTaken(tx: Sql, name: string): Promise<boolean> {
  const [row] = await tx<{ taken: boolean }[]>`
    select exists (select from api_keys where name = ${name} and ${isLiving(tx)}) as taken`;
  return row!.taken;
}

export async function countLivingKeys(tx: Sql): Promise<number> {
  const [row] = await tx<{ count: number }[]>`select count(*) as count from api_keys where ${isLiving(tx)}`;
  return row!.count;
}

/** Also one that was revoked or has expired since. */
export async function wasAdminKeyMade(tx: Sql): Promise<boolean> {
  const [row] = await tx<
    { made: boolean }[]
  >`select exists (select from api_keys where 'ADMIN' = any (rights)) as made`;
  return row!.made;
}

/** Whether an ADMIN key other than this one holds. */
export async function hasOtherAdminKey(tx: Sql, id: string): Promise<boolean> {
  const [row] = await tx<{ has: boolean }[]>`
    select exists (select from api_keys where id <> ${id}::uuid and 'ADMIN' = any (rights) and ${isLiving(tx)}) as has`;
  return row!.has;
}

export async function insertKey(tx: Sql, grant: KeyGrant, hash: string, prefix: string): Promise<ApiKey> {
  const { name, rights, scope, stamp, recordsPerSecond, expiresInMs } = grant;
  const [row] = await tx<ApiKey[]>`
    insert into api_keys (hash, name, prefix, rights, scope_text, scope, stamp, records_per_second, expires_at)
    values (decode(${hash}, 'hex'), ${name}, ${prefix}, ${rights}::text[], ${scope?.text ?? null},
      ${scope?.stored ?? null}, ${stamp === null ? null : JSON.stringify(stamp)}::text::jsonb, ${recordsPerSecond},
      clock_timestamp() + ${expiresInMs === null ? null : expiresInMs / 1000}::float8 * interval '1 second')
    returning ${apiKey(tx)}`;
  return row!;
}

/** The key that is revoked now; undefined if it does not exist or was revoked before. */
export async function markRevoked(tx: Sql, id: string): Promise<ApiKey | undefined> {
  const [row] = await tx<ApiKey[]>`
    update api_keys set revoked_at = clock_timestamp() where id = ${id}::uuid and revoked_at is null
    returning ${apiKey(tx)}`;
  return row;
}

/** To the minute. A key that another server marked in this minute is not written again. */
export const markUsed = async (sql: Sql, ids: readonly string[]): Promise<void> =>
  void (await sql`
    update api_keys set last_used_at = date_trunc('minute', now())
    where id = any (${ids as string[]}::uuid[])
      and (last_used_at is null or last_used_at < date_trunc('minute', now()))`);
