import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { watchStall } from '../stall.ts';

/** A client may have this much unread before it is listened to again: else its pings alone fill the memory. */
const UNREAD_BYTES_MAX = 1024 * 1024;

/** The close codes of limits. Those that graphql-ws has no name for are websocket's own: its client connects again. */
export const LIMIT_CODES = { tooMany: 4429, tryAgainLater: 1013, goingAway: 1001 } as const;

interface SocketTimes {
  keepAliveMs: number;
  stallTimeoutMs: number;
}

export interface Link {
  /** Resolves when the system has taken the text, or the socket is closed: a slow reader is a slow `send`. */
  send(text: string): Promise<void>;
  listen(take: (text: string) => void): void;
}

/**
 * Both directions of a socket, and its end:
 * - it answers no ping until the next is due: it is gone, and cut;
 * - nothing of what it is sent leaves for `stallTimeoutMs`: it reads no more, and is closed with 1013, pongs or not;
 * - it sends on while it reads nothing: it is not listened to until it does.
 */
export function linkSocket(socket: WebSocket, raw: Socket, { keepAliveMs, stallTimeoutMs }: SocketTimes): Link {
  let answered = true;

  const listenAgain = (): void => {
    if (socket.isPaused && socket.bufferedAmount <= UNREAD_BYTES_MAX) socket.resume();
  };
  const restWhileUnread = (): void => {
    if (socket.bufferedAmount > UNREAD_BYTES_MAX) socket.pause();
  };

  const pinging = setInterval(() => {
    // A ping that waits behind something unread says nothing about the client.
    const isWaiting = socket.bufferedAmount > 0;
    if (!answered && !isWaiting) return socket.terminate();
    answered = isWaiting;
    if (socket.readyState === socket.OPEN && !isWaiting) socket.ping();
  }, keepAliveMs);
  const stopWatching = watchStall(raw, stallTimeoutMs, () =>
    socket.close(LIMIT_CODES.tryAgainLater, 'nothing was read for too long'),
  );
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('ping', (data) => {
    restWhileUnread();
    if (socket.readyState === socket.OPEN) socket.pong(data, false, listenAgain);
  });
  socket.once('close', () => {
    clearInterval(pinging);
    stopWatching();
  });

  return {
    send: (text) =>
      new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN) return resolve();
        socket.send(text, () => {
          listenAgain();
          resolve();
        });
      }),
    listen: (take) =>
      void socket.on('message', (data) => {
        restWhileUnread();
        take(String(data));
      }),
  };
}
