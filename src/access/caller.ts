import type { Filter } from '../log/filter/filter.ts';
import type { Stamp } from '../log/stamp.ts';

export type { Stamp };

/** What the holder of a key may do. ADMIN includes all others. CONTENT is only of use together with READ. */
export type Right = 'INGEST' | 'READ' | 'CONTENT' | 'ADMIN';
export const RIGHTS: readonly Right[] = ['INGEST', 'READ', 'CONTENT', 'ADMIN'];

/**
 * Who sends a request, and what this client may do. Each HTTP request and each websocket has one caller, made when it arrives.
 * Two callers may share executions, events and cached results only when their `key` is equal: that key is part of the key of
 * everything shared.
 */
export interface Caller {
  readonly key: string;
  /** Who waits for a connection in turn with other clients: an address over HTTP, or one websocket. */
  readonly client: string;
  /** Where the client is, for the audit log. Null where that is not known. */
  readonly address: string | null;
  /** The API key it came with. Null: none was needed. */
  readonly apiKey: { readonly id: string; readonly name: string; readonly prefix: string } | null;
  /** Where ADMIN is, all are. */
  readonly rights: ReadonlySet<Right>;
  /** The caller sees only records that match it. Null: all. */
  readonly scope: Filter | null;
  /** The scope as it was written, for `viewer`. */
  readonly scopeText: string | null;
  /** Null: records are stored as they were sent. */
  readonly stamp: Stamp | null;
  /** How many records this API key may store in a second, on all servers together. Null: no limit. */
  readonly recordsPerSecond: number | null;
  /** Aborted when the API key is revoked or has expired, or the session has ended. Null: the caller has no end. */
  readonly end: AbortSignal | null;
}

/** A client of a server that needs no keys: it may do everything. */
export const ANYONE: Caller = {
  key: 'anyone',
  client: 'anyone',
  address: null,
  apiKey: null,
  rights: new Set(RIGHTS),
  scope: null,
  scopeText: null,
  stamp: null,
  recordsPerSecond: null,
  end: null,
};

/** A client that needs a key and has none. It gets only what is open to all. */
export const NOBODY: Caller = { ...ANYONE, key: 'nobody', client: 'nobody', rights: new Set() };

/** The caller at an address, where that is known. */
export const callerAt = (caller: Caller, address: string | undefined): Caller =>
  address === undefined ? caller : { ...caller, client: address, address };
