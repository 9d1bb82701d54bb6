/** A client in a process of its own: `sender.ts URL CONNECTIONS BODIES LINES [KEY]`. Sends the seconds that it took to the parent process. */
import { Agent, request } from 'node:http';
import { makeLines } from './data.ts';

const [url, connections, bodies, lines] = [process.argv[2]!, ...process.argv.slice(3, 6).map(Number)] as [
  string,
  number,
  number,
  number,
];
const key = process.argv[6];
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const prepared = Array.from({ length: bodies }, (_, i) => Buffer.from(makeLines(lines, i + 1).join('\n')));

const post = (body: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-ndjson',
      'content-length': body.length,
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    };
    request(`${url}/ingest`, { method: 'POST', agent, headers }, (response) => {
      response
        .resume()
        .on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`))));
    })
      .on('error', reject)
      .end(body);
  });

process.send?.('ready');
process.once('message', async () => {
  const started = performance.now();
  const queue = [...prepared];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let body = queue.shift(); body; body = queue.shift()) await post(body);
    }),
  );
  process.send?.((performance.now() - started) / 1000);
  process.disconnect();
  agent.destroy();
});
