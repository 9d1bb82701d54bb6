import type { Logger } from 'pino';
import { type AuthMode, authMode } from '../access/auth-mode.ts';
import { makeFirstKey } from '../access/keys/first-key.ts';
import { createKeptKeys } from '../access/keys/kept-keys.ts';
import { type KeyStore, openKeyStore } from '../access/keys/key-store.ts';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection/client.ts';
import { createGate, type Gate } from '../http/gate.ts';
import { isLoopback } from '../http/host.ts';
import type { LogsDatabase } from './logs-database.ts';

export interface Access extends AsyncDisposable {
  mode: AuthMode;
  keys: KeyStore;
  gate: Gate;
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
  return { mode, keys, gate: createGate(mode, keys, log), [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose]() };
}
