import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A receiver that only answers, for every transport. It remembers the numbers of `line-N;` in what it gets. */
export interface Receiver extends AsyncDisposable {
  url: string;
  lines: Set<string>;
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Of an ingest result. Nothing is rejected, however many records come. */
const ACCEPTED = '{"accepted":1000000000}';

export async function startReceiver(): Promise<Receiver> {
  const lines = new Set<string>();
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => Buffer.alloc(0));
    for (const [line] of body.toString('latin1').matchAll(/line-\d+;/g)) lines.add(line);
    response.writeHead(request.url!.includes('loki') ? 204 : 200).end(request.url!.includes('/ingest') ? ACCEPTED : '');
  });
  const port = await listen(server, 0);
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    lines,
    async down() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    async up() {
      await listen(server, port);
    },
    [Symbol.asyncDispose]: () => receiver.down(),
  };
  return receiver;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
