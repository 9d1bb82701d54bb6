import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * Resets a connection, so that its client sees a failure: a plain end is the end of a response that has neither chunks nor a length,
 * as over HTTP/1.0. Clients ignore that TLS ends without its closing message, so the TCP connection below is reset.
 */
export function breakConnection(socket: Socket): void {
  const below = socket instanceof TLSSocket ? (socket as { _parent?: Socket })._parent : socket;
  below?.resetAndDestroy();
  socket.destroy();
}
