/**
 * A client in a process of its own: `sender.ts URL CONNECTIONS FILE ROWS LINES`. Sends the first ROWS lines of the file, LINES
 * in a request. It sends 'ready' to the parent process, waits for a message, then sends the seconds that it took.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Agent, request } from 'node:http';

const [url, file] = [process.argv[2]!, process.argv[4]!];
const [connections, rows, lines] = [process.argv[3], process.argv[5], process.argv[6]].map(Number) as [
  number,
  number,
  number,
];
const NEWLINE = 10;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

/** Where each body begins and ends in the file. */
async function bodiesOf(): Promise<[from: number, to: number][]> {
  const bodies: [number, number][] = [];
  let [read, from, seen] = [0, 0, 0];
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) {
      if (++seen % lines === 0 || seen === rows) {
        bodies.push([from, read + at + 1]);
        from = read + at + 1;
      }
      if (seen === rows) return bodies;
    }
    read += bytes.length;
  }
  throw new Error(`expected ${rows} lines, got ${seen}`);
}

const post = (body: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length };
    request(`${url}/ingest`, { method: 'POST', agent, headers }, (response) => {
      response
        .resume()
        .on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
        );
    })
      .on('error', reject)
      .end(body);
  });

const bodies = await bodiesOf();
const handle = await open(file);
process.send?.('ready');
process.once('message', async () => {
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < bodies.length) {
        const [from, to] = bodies[next++]!;
        const body = Buffer.allocUnsafe(to - from);
        await handle.read(body, 0, body.length, from);
        await post(body);
      }
    }),
  );
  process.send?.((performance.now() - started) / 1000);
  process.disconnect();
  agent.destroy();
  await handle.close();
});
