import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { watchStall } from '../stall.ts';

/** While more than this waits to be sent, the server reads nothing from the client: its pings alone could fill the memory. */
const UNREAD_BYTES_MAX = 1024 * 1024;

/** The close codes of limits. After 1012 and 1013, which are websocket codes, graphql-ws' client connects again. */
export const LIMIT_CODES = { tooMany: 4429, tryAgainLater: 1013, restart: 1012 } as const;

interface SocketTimes {
  keepAliveMs: number;
  stallTimeoutMs: number;
}

export interface SocketLink {
  /** Resolves when the operating system has taken the text, or the socket is closed. With a slow reader it takes long. */
  send(text: string): Promise<void>;
  listen(onText: (text: string) => void): void;
}

/**
 * Sends and receives on a socket, and ends it when its client does not respond:
 * - The client sends no pong before the next ping is due: the socket is destroyed.
 * - Data waits and nothing leaves for `stallTimeoutMs`: the socket is closed with 1013, even if pongs come.
 * - The client sends while it reads nothing: the server stops reading until the client reads.
 */
export function linkSocket(socket: WebSocket, raw: Socket, { keepAliveMs, stallTimeoutMs }: SocketTimes): SocketLink {
  let hasPong = true;

  const resumeReading = (): void => {
    if (socket.isPaused && socket.bufferedAmount <= UNREAD_BYTES_MAX) socket.resume();
  };
  const pauseWhileUnread = (): void => {
    if (socket.bufferedAmount > UNREAD_BYTES_MAX) socket.pause();
  };

  const pinging = setInterval(() => {
    // While data waits, a ping would wait behind it: a missing pong would say nothing about the client.
    const isWaiting = socket.bufferedAmount > 0;
    if (!hasPong && !isWaiting) return socket.terminate();
    hasPong = isWaiting;
    if (socket.readyState === socket.OPEN && !isWaiting) socket.ping();
  }, keepAliveMs);
  const stopWatching = watchStall(raw, stallTimeoutMs, () =>
    socket.close(LIMIT_CODES.tryAgainLater, 'the client read nothing for too long'),
  );
  socket.on('pong', () => {
    hasPong = true;
  });
  socket.on('ping', (data) => {
    pauseWhileUnread();
    if (socket.readyState === socket.OPEN) socket.pong(data, false, resumeReading);
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
          resumeReading();
          resolve();
        });
      }),
    listen: (onText) =>
      void socket.on('message', (data) => {
        pauseWhileUnread();
        onText(String(data));
      }),
  };
}
