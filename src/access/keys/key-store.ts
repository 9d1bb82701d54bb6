import type { Logger } from 'pino';
import type { Sql } from '../../db/connection/client.ts';
import { isUnavailable } from '../../db/connection/sqlstate.ts';
import { type LivingKey, markUsed, readKeysVersion, readLivingKeys } from '../../db/keys/api-keys.ts';
import { type FirstKey, readFirstKey } from '../../db/keys/first-key.ts';
import { readSessions } from '../../db/keys/sessions.ts';
import { now } from '../../log/time.ts';
import { isWithin } from '../../timing/time-limit.ts';
import { ANYONE, type Caller, RIGHTS } from '../caller.ts';
import { hashOf, isKey } from '../key.ts';
import { readScope } from '../stored-scope.ts';
import { removeFirstKeyFile } from './first-key.ts';
import type { KeptKeys } from './kept-keys.ts';
import { createSessions } from './sessions.ts';

/** With the time of a statement, a change is known on every server within 5 s. */
const POLL_MS = 2000;
/** A key that is not known is answered within this time, whatever the database does. */
const LOOK_UP_MS = 1000;
const MINUTE_MS = 60_000;

/** The key of `WEIR_ADMIN_KEY`: in no database and no list. */
export interface AdminKey {
  hash: string;
  prefix: string;
}

interface StoreOptions {
  sql: Sql;
  kept: KeptKeys;
  dataDir: string;
  adminKey: AdminKey | null;
  log: Logger;
}

/** The keys that hold, and the sessions of browsers, in memory. */
export interface KeyStore extends AsyncDisposable {
  /**
   * The holder of a key; undefined if it does not hold. A key that this server does not know is looked up in the database once,
   * for at most a second: another server may just have made it.
   *
   * Keys are found by their SHA-256. The time that this takes depends on the hash of what was sent. Who tries keys cannot
   * choose hashes, so it tells nothing about how much of a key was right. The checksum is no secret.
   */
  find(key: string): Promise<Caller | undefined>;
  /** Who acts in the session whose cookie holds `token`; undefined if it does not hold. Looked up as a key is. */
  findSession(token: string): Promise<Caller | undefined>;
  /** The holder of the key with this SHA-256 in hex, as it is known now. Undefined: it does not hold. */
  holderOf(hash: string): Caller | undefined;
  /** Reads changes now. Resolves when they hold here. */
  refresh(): Promise<void>;
  /** Where the first ADMIN key still lies. */
  readonly firstKey: FirstKey | null;
}

interface Holder {
  row: LivingKey;
  caller: Caller;
  ended: AbortController;
}

/**
 * Opens the store with the keys of the database, or those of the file while it is away. While the database is away later, the
 * last known keys go on; an expiry holds all the same.
 */
export async function openKeyStore({ sql, kept, dataDir, adminKey, log }: StoreOptions): Promise<KeyStore> {
  let holders = new Map<string, Holder>();
  let byId = new Map<string, Holder>();
  let version: number | undefined;
  let firstKey: FirstKey | null = null;
  let isAway = false;
  /** When each used key was marked as used, in minutes. */
  const marked = new Map<string, number>();
  const used = new Set<string>();
  const admin = adminKey && adminCaller(adminKey);

  function take(rows: readonly LivingKey[]): void {
    const before = byId;
    byId = new Map(rows.filter(isUnderstood).map((row) => [row.id, holderOf(row, before.get(row.id))]));
    holders = new Map(Array.from(byId.values(), (holder) => [holder.row.hash, holder]));
    for (const [id, { ended }] of before) if (!byId.has(id)) ended.abort();
    sessions.endOver();
    for (const id of marked.keys()) if (!byId.has(id)) marked.delete(id);
  }

  function isUnderstood({ name, scope }: LivingKey): boolean {
    if (scope === null || readScope(scope)) return true;
    log.warn({ key: name }, 'an API key has a scope of a newer version of Weir: it is refused here');
    return false;
  }

  function endExpired(): void {
    for (const { row, ended } of byId.values()) if (hasExpired(row)) ended.abort();
    sessions.endOver();
  }

  async function read(): Promise<void> {
    const found = await readKeysVersion(sql);
    if (found === version) return;
    const rows = await readLivingKeys(sql);
    const open = await readSessions(sql);
    firstKey = await readFirstKey(sql);
    take(rows);
    sessions.take(open);
    // Read before the keys: a change meanwhile is seen by the next look.
    version = found;
    if (firstKey === null) {
      await removeFirstKeyFile(sql, dataDir).catch((err: unknown) =>
        log.warn({ err }, 'the file of the first ADMIN key cannot be removed from DATA_DIR: remove it by hand'),
      );
    }
    await kept
      .write(rows)
      .catch((err: unknown) =>
        log.warn(
          { err },
          'the keys of senders cannot be written to DATA_DIR: a start without the database will refuse them',
        ),
      );
  }

  async function markUse(): Promise<void> {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    const due = Array.from(used).filter((id) => marked.get(id) !== minute);
    used.clear();
    if (due.length === 0) return;
    await markUsed(sql, due);
    for (const id of due) marked.set(id, minute);
  }

  /** One reading at a time. `next` is the one that starts when the running one has ended. */
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  function refresh(): Promise<void> {
    if (!running) {
      running = read().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        return refresh();
      });
    return next;
  }

  async function poll(): Promise<void> {
    try {
      await refresh();
      await markUse();
      if (isAway) log.info('the API keys are read again');
      isAway = false;
    } catch (err) {
      if (isAway) return;
      isAway = true;
      if (isUnavailable(err)) log.warn('the API keys cannot be read: those that were known last go on');
      else log.error({ err }, 'the API keys cannot be read: those that were known last go on');
    }
  }

  const isAdminKey = (hash: string): boolean => hash === adminKey?.hash;
  function isHeld(hash: string): boolean {
    const holder = holders.get(hash);
    return isAdminKey(hash) || (holder !== undefined && !hasExpired(holder.row));
  }

  function holderWith(hash: string): Caller | undefined {
    if (admin && isAdminKey(hash)) return admin;
    if (!isHeld(hash)) return undefined;
    const { row, caller } = holders.get(hash)!;
    used.add(row.id);
    return caller;
  }

  const sessions = createSessions(holderWith, isHeld);

  /** Another server may just have made what is not known here. */
  const lookUp = (): Promise<unknown> => isWithin(refresh(), LOOK_UP_MS);

  async function find(key: string): Promise<Caller | undefined> {
    if (!isKey(key)) return undefined;
    const hash = hashOf(key);
    if (!holders.has(hash) && !isAdminKey(hash)) await lookUp();
    return holderWith(hash);
  }

  async function findSession(token: string): Promise<Caller | undefined> {
    const hash = hashOf(token);
    if (!sessions.has(hash)) await lookUp();
    return sessions.callerOf(hash);
  }

  try {
    await refresh();
  } catch (err) {
    isAway = true;
    take(await kept.read());
    log.warn(
      { err, keys: byId.size },
      'the API keys cannot be read: only the keys of senders hold, as DATA_DIR has them',
    );
  }
  let polling: Promise<void> | undefined;
  const timer = setInterval(() => {
    endExpired();
    // A database that does not respond must not make readings wait in line.
    polling ??= poll().finally(() => {
      polling = undefined;
    });
  }, POLL_MS).unref();

  return {
    find,
    findSession,
    holderOf: holderWith,
    refresh,
    get firstKey() {
      return firstKey;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      if (polling) await isWithin(polling, LOOK_UP_MS);
    },
  };
}

const hasExpired = ({ expiresAt }: LivingKey): boolean => expiresAt !== null && expiresAt <= now();

/** The signal stays the same while the key holds, also if it was read from the file first. */
function holderOf(row: LivingKey, before: Holder | undefined): Holder {
  const { id, name, prefix, rights, scope, scopeText, stamp, recordsPerSecond } = row;
  const ended = before?.ended ?? new AbortController();
  const caller: Caller = {
    ...ANYONE,
    key: `key ${id}`,
    apiKey: { id, name, prefix },
    rights: new Set(rights.includes('ADMIN') ? RIGHTS : rights),
    // A scope that is not known is not let in: `isUnderstood`.
    scope: scope === null ? null : readScope(scope)!,
    scopeText,
    stamp,
    recordsPerSecond,
    end: ended.signal,
  };
  return { row, caller, ended };
}

const ADMIN_ID = 'WEIR_ADMIN_KEY';

const adminCaller = ({ prefix }: AdminKey): Caller => ({
  ...ANYONE,
  key: ADMIN_ID,
  apiKey: { id: ADMIN_ID, name: ADMIN_ID, prefix },
});
