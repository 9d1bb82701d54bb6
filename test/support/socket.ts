import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from './server.ts';

interface Message {
  id?: string;
  type: string;
  payload?: Record<string, unknown> | { message: string; extensions: { code: string } }[];
}

/** One websocket, message by message: what came is kept, so that none is missed. */
export interface TestSocket extends AsyncDisposable {
  socket: WebSocket;
  /** All that came, in order. */
  messages: Message[];
  /** As it is, where it is text. */
  send(message: object | string): void;
  subscribe(id: string, query: string, variables?: object): void;
  /** Resolves to the next message that was not asked for yet. */
  next(): Promise<Message>;
  closed: Promise<{ code: number; reason: string }>;
}

export async function openSocket(
  url: string,
  protocol = 'graphql-transport-ws',
  headers: Record<string, string> = {},
): Promise<TestSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol, { headers });
  const messages: Message[] = [];
  let asked = 0;
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  socket.on('error', () => {});
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await once(socket, 'open');
  const send = (message: object | string): void =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return {
    socket,
    messages,
    send,
    subscribe: (id, query, variables) => send({ id, type: 'subscribe', payload: { query, variables } }),
    async next() {
      const at = asked++;
      return until(() => messages[at], 10_000, `message ${at + 1} after ${JSON.stringify(messages)}`);
    },
    closed,
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

/** A socket that may subscribe. */
export async function openAcknowledged(url: string, payload?: object): Promise<TestSocket> {
  const opened = await openSocket(url);
  opened.send({ type: 'connection_init', ...(payload && { payload }) });
  await opened.next();
  return opened;
}
