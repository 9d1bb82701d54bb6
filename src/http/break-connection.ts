import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * Closes a connection so that its client sees a failure: a plain end is the end of a response that has neither chunks nor a length,
 * as over HTTP/1.0. TLS without its closing message is a failure in itself.
 */
export const breakConnection = (socket: Socket): Socket =>
  socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy();
