import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/port.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { storedRecords } from '../support/stored.ts';

let port: number;
let server: TestServer;
beforeAll(async () => {
  port = await freePort();
  server = await startTestServer({ SYSLOG_PORT: String(port) });
});
afterAll(() => server[Symbol.asyncDispose]());

async function tcp(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function udp(...datagrams: (string | Buffer)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams) await new Promise((sent) => socket.send(datagram, port, '127.0.0.1', sent));
  socket.close();
}

const stored = (component: string, count = 1) => storedRecords(server, `component:${component}`, count);
const messages = async (component: string, count: number) =>
  (await stored(component, count)).map(({ message }) => message).toSorted();

describe('syslog', () => {
  test('a datagram is a record', async () => {
    await udp('<11>Oct 11 22:14:15 web1 of-udp[7]: it\nhas two lines\n');
    expect(await stored('of-udp')).toMatchObject([
      { host: 'web1', message: 'it\nhas two lines', attributes: { facility: 'user', pid: 7 } },
    ]);
  });

  test('messages of a connection are records, and the last one needs no newline', async () => {
    const socket = await tcp();
    socket.end('<11>of-tcp: 1\n15 <11>of-tcp: two<11>of-tcp: three');
    expect(await messages('of-tcp', 3)).toEqual(['1', 'three', 'two']);
  });

  test('of a connection that is cut in the middle of a message, what is whole is stored', async () => {
    const socket = await tcp();
    await new Promise((written) => socket.write('<11>of-cut: whole\n<11>of-cut: par', written));
    expect(await stored('of-cut')).toHaveLength(1);
    socket.resetAndDestroy();
    const after = await tcp();
    after.end('<11>of-cut: x-after\n');
    expect(await messages('of-cut', 2)).toEqual(['whole', 'x-after']);
  });
});
