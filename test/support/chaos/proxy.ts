import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/**
 * Where a connection breaks. `inCopy`: after so many bytes from the client. `beforeCommit`: the batch's last message does not
 * reach PostgreSQL. `afterCommit`: it does, and the answer does not come back.
 */
export type Cut = { at: 'inCopy'; bytes: number } | { at: 'beforeCommit' } | { at: 'afterCommit' };

export interface CuttingProxy extends AsyncDisposable {
  port: number;
  /** Breaks the first connection that comes to the place; resolves when it did, rejects where none comes. */
  cut(cut: Cut): Promise<void>;
  /** Breaks all connections there are. */
  cutAll(): void;
  /** As `cutAll`, told to the clients as an error. */
  resetAll(): void;
  /** Passes nothing on any more, and keeps all connections open. */
  freeze(): void;
}

const CUT_MS = 30_000;
/** Stands in the message that commits a batch, and nowhere else. */
const COMMIT = 'insert into ingest_batches';

/** Passes everything on between its port and another of this machine, until a cut is asked for. */
export async function createProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let awaited: { cut: Cut; done: () => void } | undefined;

  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const take = (fits: (cut: Cut) => boolean): Cut | undefined => {
    if (!awaited || !fits(awaited.cut)) return undefined;
    const { cut, done } = awaited;
    awaited = undefined;
    done();
    return cut;
  };

  const proxy = createServer((client) => {
    const server = createConnection(targetPort, '127.0.0.1');
    let bytes = 0;
    const breakOff = (): void => {
      client.resetAndDestroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk) => {
      bytes += chunk.length;
      const commits = chunk.includes(COMMIT);
      const cut = take((cut) => (cut.at === 'inCopy' ? !commits && bytes >= cut.bytes : commits));
      if (cut === undefined) return void server.write(chunk);
      if (cut.at === 'inCopy') server.write(chunk.subarray(0, Math.floor(chunk.length / 2)), breakOff);
      else if (cut.at === 'beforeCommit') breakOff();
      else {
        server.unpipe(client).once('data', breakOff).resume();
        server.write(chunk);
      }
    });
    server.pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;

  return {
    port,
    cut: (cut) =>
      new Promise((resolve, reject) => {
        const late = (): void => reject(new Error(`no connection came to ${JSON.stringify(cut)} in ${CUT_MS} ms`));
        const timer = setTimeout(late, CUT_MS);
        awaited = {
          cut,
          done: () => {
            clearTimeout(timer);
            resolve();
          },
        };
      }),
    cutAll: destroyAll,
    resetAll() {
      for (const socket of sockets) if (socket.localPort === port) socket.resetAndDestroy();
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
      destroyAll();
      await once(proxy, 'close');
    },
  };
}
