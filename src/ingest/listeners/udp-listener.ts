import { createSocket, type RemoteInfo } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { plainAddress } from '../../access/client-address.ts';
import { cannotListen } from '../../cannot-listen.ts';
import type { CountDrop } from './drops.ts';
import type { Message } from './gatherer.ts';
import { kernelDrops } from './kernel-drops.ts';

/** Datagrams wait in it while this process is busy. The operating system may give less: `net.core.rmem_max`. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
const LOOK_FOR_DROPS_MS = 5000;

export interface UdpListenerOptions {
  host: string;
  port: number;
  /** The setting of the port. */
  setting: string;
  /** Takes a datagram. */
  take(message: Message): void;
  /** Datagrams are dropped now. */
  isFull(): boolean;
  /** Why a client is not let in. */
  refusal(address: string): 'address' | 'refused' | undefined;
  countDrop: CountDrop;
  log: Logger;
}

/** Takes datagrams. One that cannot be taken at once is dropped, and counted. @throws CannotStart */
export async function listenUdp(options: UdpListenerOptions): Promise<AsyncDisposable> {
  const { host, port, setting, take, isFull, refusal, countDrop, log } = options;

  function onDatagram(bytes: Buffer, { address }: RemoteInfo): void {
    const peer = plainAddress(address);
    const reason = refusal(peer) ?? (isFull() ? 'full' : undefined);
    if (reason === undefined) take({ bytes, peer });
    else countDrop(reason);
  }

  const { address, family } = await lookup(host).catch((cause: unknown) => {
    throw cannotListen(host, port, setting, cause);
  });
  const socket = createSocket(
    { type: family === 6 ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES },
    onDatagram,
  );
  try {
    socket.bind(port, address);
    await once(socket, 'listening');
  } catch (cause) {
    socket.close();
    throw cannotListen(host, port, setting, cause);
  }
  socket.on('error', (err) => log.error({ err, port }, 'a listener failed'));
  log.debug({ port, receiveBufferBytes: socket.getRecvBufferSize() }, 'datagrams are taken');

  let dropped = 0;
  async function countKernelDrops(): Promise<void> {
    const now = await kernelDrops(port, family === 6);
    if (now > dropped) countDrop('kernel', now - dropped);
    dropped = now;
  }
  const timer = setInterval(() => void countKernelDrops(), LOOK_FOR_DROPS_MS);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      socket.close();
    },
  };
}
