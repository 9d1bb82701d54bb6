/**
 * A client's rights. Each HTTP request and each websocket has one caller, made when it arrives. Two callers may share
 * executions, events and cached results only when their `key` is equal: that key is part of the key of everything shared.
 */
export interface Caller {
  readonly key: string;
}

/** Every client today: it may read, write and delete everything. */
export const ANYONE: Caller = { key: 'anyone' };
