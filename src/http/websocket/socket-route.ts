import type { WebSocket } from 'ws';
import type { Caller } from '../../access/caller.ts';
import type { Header } from '../../access/credentials.ts';
import type { Need } from '../../access/rights.ts';
import type { SocketLink } from './socket-link.ts';

/** A path with a websocket protocol of its own, beside that of GraphQL. */
export interface SocketRoute {
  path: string;
  /** Asked for with the upgrade: the client has no later chance to send a key. */
  need: Need;
  /** Reads the request. What it throws becomes the response. @returns what serves the socket when it is open */
  open(parameters: URLSearchParams, header: Header, caller: Caller): (socket: WebSocket, link: SocketLink) => void;
}
