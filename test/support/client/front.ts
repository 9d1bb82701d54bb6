import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the front does with a request instead of passing it on. */
export type Trick =
  /** Answers without asking the server. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Passes it on, and breaks the connection instead of answering. */
  | 'answer lost'
  /** Never answers. */
  | 'silent';

export interface Passed {
  key: string;
  encoding: string | undefined;
  query: URLSearchParams;
  at: number;
}

/** A server in front of Weir, as a proxy is. It can be down, and play a trick on each next request. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  /** In order; undefined passes a request on. */
  tricks: (Trick | undefined)[];
  /** For all requests that no trick is left for. */
  always: Trick | undefined;
  readonly requests: Passed[];
  /** Ends all connections, and accepts none. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function startFront(target: string): Promise<Front> {
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const front: Front = {
    url: `http://127.0.0.1:${port}`,
    tricks: [],
    always: undefined,
    requests: [],
    async down() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    async up() {
      await listen(port);
    },
    [Symbol.asyncDispose]: () => front.down(),
  };

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    incoming.on('error', () => {});
    const { headers } = incoming;
    front.requests.push({
      key: String(headers['idempotency-key']),
      encoding: headers['content-encoding'],
      query: new URL(incoming.url!, front.url).searchParams,
      at: performance.now(),
    });
    const trick = front.tricks.length > 0 ? front.tricks.shift() : front.always;
    if (trick === 'silent') return;
    if (typeof trick === 'object') {
      incoming.resume();
      outgoing.writeHead(trick.status, trick.headers).end(trick.body);
      return;
    }
    const passed = request(`${target}${incoming.url}`, { method: incoming.method, headers });
    passed.on('error', () => outgoing.destroy());
    passed.on('response', (response) => {
      if (trick === 'answer lost') response.resume().on('end', () => incoming.socket.resetAndDestroy());
      else response.pipe(outgoing.writeHead(response.statusCode!, response.headers));
    });
    incoming.pipe(passed);
  }

  return front;
}
