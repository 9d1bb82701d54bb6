/** A client in a process of its own: `client.ts URL PROTOCOL [PORT]`. It tells its parent when its bodies are ready, and when they are sent. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { makeLines } from '../data.ts';
import { BODIES, HTTP_PROTOCOLS, RECORDS, SOCKET_PROTOCOLS } from './protocols.ts';

const CONNECTIONS = 4;

const [, , url, name, port] = process.argv as [string, string, string, string, string | undefined];
const protocol = (HTTP_PROTOCOLS[name] ?? SOCKET_PROTOCOLS[name])!;
const prepared = Array.from({ length: BODIES }, (_, i) =>
  protocol.body(makeLines(RECORDS, i + 1).map((line) => JSON.parse(line))),
);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

const post = (path: string, type: Record<string, string>, body: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    request(
      `${url}${path}`,
      { method: 'POST', agent, headers: { ...type, 'content-length': body.length } },
      (response) => {
        const { statusCode = 0 } = response;
        const end = (): void => (statusCode < 300 ? resolve() : reject(new Error(`${path} answered ${statusCode}`)));
        response.resume().on('end', end);
      },
    )
      .on('error', reject)
      .end(body);
  });

async function sendHttp(path: string, headers: Record<string, string>): Promise<void> {
  const queue = [...prepared];
  const sendAll = async (): Promise<void> => {
    for (let body = queue.shift(); body; body = queue.shift()) await post(path, headers, body);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendAll));
}

async function sendSocket(): Promise<void> {
  const queue = [...prepared];
  const sendAll = async (): Promise<void> => {
    const socket = connect(Number(port), '127.0.0.1');
    for (let body = queue.shift(); body; body = queue.shift()) if (!socket.write(body)) await once(socket, 'drain');
    socket.end();
    await once(socket, 'close');
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendAll));
}

process.send?.('ready');
process.once('message', async () => {
  await ('path' in protocol ? sendHttp(protocol.path, protocol.headers) : sendSocket());
  process.send?.('sent');
  process.disconnect();
  agent.destroy();
});
