import type { Socket } from 'node:net';

/**
 * Calls `onStall` when bytes wait to be sent and none has left the socket for `timeoutMs` to `2 * timeoutMs`. Only bytes that
 * leave count: a client that no longer reads may still send, and the server may still write.
 * @returns stops watching
 */
export function watchStall(socket: Socket, timeoutMs: number, onStall: () => void): () => void {
  let sent = 0;
  const timer = setInterval(() => {
    const before = sent;
    sent = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength > 0 && sent === before) onStall();
  }, timeoutMs);
  return () => clearInterval(timer);
}
