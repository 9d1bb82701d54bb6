import type { Logger } from 'pino';
import { type AuthMode, authMode } from '../access/auth-mode.ts';
import { createSessionChanges } from '../access/keys/change-sessions.ts';
import { makeFirstKey } from '../access/keys/first-key.ts';
import { createKeptKeys } from '../access/keys/kept-keys.ts';
import { type KeyStore, openKeyStore } from '../access/keys/key-store.ts';
import { createSessionCookie } from '../access/session-cookie.ts';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection/client.ts';
import { createGate, type Gate } from '../http/gate.ts';
import { isLoopback } from '../http/host.ts';
import type { SessionDeps } from '../http/session-route.ts';
import type { LogsDatabase } from './logs-database.ts';

export interface Access extends AsyncDisposable {
  mode: AuthMode;
  keys: KeyStore;
  gate: Gate;
  session: SessionDeps;
}

/** Who may do what: the keys, and the gate that checks them. Where keys are needed and none was ever made, makes the first one. */
export async function openAccess(config: Config, sql: Sql, database: LogsDatabase, log: Logger): Promise<Access> {
  const { dataDir, adminKey } = config;
  const mode = authMode(config.auth, isLoopback(config.host));
  if (mode === 'required' && adminKey === null) {
    const made = database.came.then(() => makeFirstKey(sql, dataDir));
    if (database.problem === null) await made;
    else made.catch((err: unknown) => log.error({ err }, 'the first ADMIN key cannot be made'));
  }
  const keys = await openKeyStore({ sql, kept: createKeptKeys(dataDir, database.id), dataDir, adminKey, log });
  const isTls = config.tls !== null;
  const cookie = createSessionCookie(database.id, isTls);
  return {
    mode,
    keys,
    gate: createGate(mode, keys, cookie, log),
    session: { sessions: createSessionChanges(sql, keys, config.sessionDurationMs), cookie, isTls },
    [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose](),
  };
}
