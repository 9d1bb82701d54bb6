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
  /** The API key it came with. Null: none was needed. */
  readonly apiKey: { readonly id: string; readonly name: string; readonly prefix: string } | null;
  readonly rights: ReadonlySet<Right>;
  /** The caller sees only records that match it. Null: all. */
  readonly scope: Filter | null;
  /** Null: records are stored as they were sent. */
  readonly stamp: Stamp | null;
  /** The greatest rate at which it may store records, on all servers together. Null: any. */
  readonly recordsPerSecond: number | null;
}

/** A client of a server that needs no keys: it may do everything. */
export const ANYONE: Caller = {
  key: 'anyone',
  client: 'anyone',
  apiKey: null,
  rights: new Set(RIGHTS),
  scope: null,
  stamp: null,
  recordsPerSecond: null,
};

export const callerAt = (client: string | undefined): Caller => (client === undefined ? ANYONE : { ...ANYONE, client });
