/** Plain `ws` in a process of its own. It sends its port to the parent process. On `{ texts }`, it sends each text to every socket. */
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () => {
  process.send?.((server.address() as { port: number }).port);
});
process.on('message', async ({ texts }: { texts: string[] }) => {
  for (const text of texts) {
    for (const socket of server.clients) socket.send(text);
    await turn();
  }
});
process.on('disconnect', () => process.exit());
