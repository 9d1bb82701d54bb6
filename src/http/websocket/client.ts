import type { Context } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Caller } from '../../access/caller.ts';
import type { ActiveCount } from '../active-count.ts';
import type { Identity } from '../gate.ts';
import type { SocketLink } from './socket-link.ts';
import type { SocketOperations } from './socket-operations.ts';

/** The state of one socket. */
export interface Client {
  /** Of the upgrade. A browser cannot send a key there: `connection_init` may have another one. */
  identity: Identity;
  /** Who waits for a connection in turn with others: this socket. */
  name: string;
  /** Since `connection_init`. Before it, the protocol allows no operation. */
  caller: Caller | null;
  socket: WebSocket;
  link: SocketLink;
  subscriptions: ActiveCount;
  /** Subscriptions whose source has ended, because the server closes. */
  ended: ActiveCount;
  operations: SocketOperations;
}

/** A socket, as graphql-ws sees it. */
export type Connection = Context<Record<string, unknown>, Client>;
