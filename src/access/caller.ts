/**
 * A client's rights. Each HTTP request and each websocket has one caller, made when it arrives. Two callers may share
 * executions, events and cached results only when their `key` is equal: that key is part of the key of everything shared.
 */
export interface Caller {
  readonly key: string;
  /** Who waits for a connection in turn with other clients: an address over HTTP, or one websocket. */
  readonly client: string;
}

/** Every client today: it may read, write and delete everything. */
export const ANYONE: Caller = { key: 'anyone', client: 'anyone' };

export const callerAt = (client: string | undefined): Caller => (client === undefined ? ANYONE : { ...ANYONE, client });
