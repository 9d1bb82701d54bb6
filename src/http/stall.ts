import type { Socket } from 'node:net';

/**
 * Calls `onStall` once the other side has taken nothing of what waits for it for `timeoutMs` to twice that. What counts is what
 * leaves: a client that reads no more may go on sending, and the server writing.
 * @returns how to stop watching
 */
export function watchStall(socket: Socket, timeoutMs: number, onStall: () => void): () => void {
  let taken = 0;
  const watching = setInterval(() => {
    const before = taken;
    taken = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength > 0 && taken === before) onStall();
  }, timeoutMs);
  return () => clearInterval(watching);
}
