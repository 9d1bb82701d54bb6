import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Frame } from 'playwright-core';
import { remove, temporaryFolder } from './server.ts';

/** A page that a browser shows, and the address by which it reaches the server. */
export interface OpenPage {
  frame: Frame;
  url: string;
}

const HTML = '<!doctype html><title>A page</title><body>A page</body>';
const PAGE = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${HTML.length}\r\nconnection: close\r\n\r\n${HTML}`;

/** Chromium resolves these names to loopback, as the DNS server of an attacker can. */
export const RESOLVER_RULES = '--host-resolver-rules=MAP *.test 127.0.0.1';

/** One page of each kind that is not of the server at `url`. */
export async function openOtherPages(
  context: BrowserContext,
  url: string,
): Promise<{ pages: Record<string, OpenPage> } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const port = await listen(
    createHttpServer((_request, response) => void response.setHeader('content-type', 'text/html').end(HTML)),
    stack,
  );
  const folder = stack.adopt(await temporaryFolder(), remove);
  const file = join(folder, 'page.html');
  await writeFile(file, HTML);
  const rebinding = await startRebinding(Number(new URL(url).port), stack);

  async function openPage(address: string): Promise<Frame> {
    const page = await context.newPage();
    await page.goto(address);
    return page.mainFrame();
  }
  async function openFrame(attributes: string): Promise<Frame> {
    const outer = await openPage(`http://evil.test:${port}/`);
    await outer.evaluate((html) => {
      document.body.insertAdjacentHTML('beforeend', html);
    }, `<iframe id="inner" ${attributes} src="http://127.0.0.1:${port}/"></iframe>`);
    const frame = (await (await outer.waitForSelector('#inner')).contentFrame())!;
    await frame.waitForSelector('text=A page');
    return frame;
  }

  const rebound = await openPage(`http://rebound.test:${rebinding.port}/`);
  rebinding.rebind();
  const pages: Record<string, OpenPage> = {
    'another site': { url, frame: await openPage(`http://evil.test:${port}/`) },
    'another port': { url, frame: await openPage(`http://127.0.0.1:${port}/`) },
    'a frame': { url, frame: await openFrame('') },
    'a sandboxed frame': { url, frame: await openFrame('sandbox="allow-scripts allow-forms allow-popups"') },
    'a file': { url, frame: await openPage(pathToFileURL(file).href) },
    'a rebound name': { url: `http://rebound.test:${rebinding.port}`, frame: rebound },
  };
  const opened = stack.move();
  return { pages, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/**
 * The name of an attacker's page that is pointed at this server later: the browser then sends everything to the server, and takes
 * it for the page's own origin.
 */
async function startRebinding(to: number, stack: AsyncDisposableStack): Promise<{ port: number; rebind(): void }> {
  let isRebound = false;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      if (!isRebound) return void socket.end(PAGE);
      const server = connect(to, '127.0.0.1');
      server.on('error', () => socket.destroy());
      socket.on('close', () => server.destroy());
      server.write(first);
      socket.pipe(server).pipe(socket);
    });
  });
  return {
    port: await listen(server, stack),
    rebind: () => {
      isRebound = true;
    },
  };
}

/** On a free port, until the stack is disposed. */
async function listen(server: Server, stack: AsyncDisposableStack): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stack.defer(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}
