import { once } from 'node:events';
import { connect } from 'node:net';
import { EventTime, FluentClient, FluentSocketEvent } from '@fluent-org/logger';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { freePort } from '../support/port.ts';
import { remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { storedRecords } from '../support/stored.ts';

test.each(['Message', 'Forward', 'PackedForward', 'CompressedPackedForward'] as const)(
  '@fluent-org/logger, %s: what is acknowledged is stored, with its fields',
  async (eventMode) => {
    const port = await freePort();
    await using server = await startTestServer({ FORWARD_PORT: String(port) });
    const socket = { host: '127.0.0.1', port };
    const client = new FluentClient('app', { socket, eventMode, ack: { ackTimeout: 60_000 }, milliseconds: true });
    const at = new Date(Date.now() - 5000);
    const records = [1, 2, 3].map((n) => ({
      message: `m${n}`,
      level: 'error',
      service: 'pay',
      request_id: 'req-1',
      n,
    }));
    await Promise.all(records.map((record) => client.emit('pay', record, EventTime.fromDate(at))));
    const stored = await storedRecords(server, 'service:pay', 3);
    expect(stored.map(({ message }) => message).toSorted()).toEqual(['m1', 'm2', 'm3']);
    expect(stored[0]).toMatchObject({
      level: 'ERROR',
      correlationId: 'req-1',
      timestamp: expect.stringContaining(at.toISOString().slice(0, -1)),
      attributes: { tag: 'app.pay' },
    });
    await client.disconnect();
  },
);

test('a chunk that comes again is acknowledged again and stored once', async () => {
  const port = await freePort();
  await using server = await startTestServer({ FORWARD_PORT: String(port) });
  const seconds = Math.floor(Date.now() / 1000) - 5;
  const event = [0x92, 0xce, ...bytesOf(seconds), 0x81, 0xa3, ...Buffer.from('log'), 0xa5, ...Buffer.from('again')];
  const options = [0x81, 0xa5, ...Buffer.from('chunk'), 0xa2, ...Buffer.from('c1')];
  const chunk = Buffer.from([0x93, 0xa1, 0x74, 0x92, ...event, ...event, ...options]);
  for (let n = 0; n < 2; n++) {
    const socket = connect(port, '127.0.0.1');
    socket.write(chunk);
    const [told] = await once(socket, 'data');
    expect(String(told)).toContain('c1');
    socket.destroy();
  }
  expect(await storedRecords(server, 'again', 2)).toHaveLength(2);
});

const bytesOf = (number: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};

test('@fluent-org/logger loses nothing though the server is killed in the middle', async () => {
  const COUNT = 600;
  await using database = await createTestDatabase();
  const folder = await temporaryFolder();
  const port = await freePort();
  const settings = { LOGS_DATABASE_URL: database.url, DATA_DIR: folder, FORWARD_PORT: String(port) };
  let server = await spawnServer(settings);
  const client = new FluentClient('app', {
    socket: { host: '127.0.0.1', port, reconnect: { minBackoff: 50, maxBackoff: 200, backoff: 1.1 } },
    eventMode: 'PackedForward',
    ack: { ackTimeout: 60_000 },
    milliseconds: true,
    eventRetry: { attempts: 1000, minBackoff: 50, maxBackoff: 200, backoff: 1.1 },
  } as never);
  client.socketOn(FluentSocketEvent.ERROR, () => {});
  try {
    let acknowledged = 0;
    const sending: Promise<unknown>[] = [];
    for (let n = 0; n < COUNT; n++) {
      const emitted = client.emit('x', { message: `m${n}`, service: 'restart' }, EventTime.fromDate(new Date()));
      sending.push(emitted.then(() => acknowledged++));
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (n === COUNT / 2) {
        await until(() => acknowledged > 20);
        server.process.kill('SIGKILL');
        await server.exited;
        server = await spawnServer(settings);
      }
    }
    await Promise.all(sending);
    const messages = (await storedRecords(server, 'service:restart', COUNT)).map(({ message }) => message);
    // The library puts events that it sends again into other chunks, so some may be stored twice.
    expect(new Set(messages).size).toBe(COUNT);
  } finally {
    await client.disconnect();
    await server[Symbol.asyncDispose]();
    await remove(folder);
  }
});
