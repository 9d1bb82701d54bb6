import type { Timestamp } from '../../log/time.ts';
import type { Protocol } from '../../metrics/meters.ts';
import type { Framer } from './framer.ts';
import type { ReadMessage } from './gatherer.ts';

/** A port, and the setting that names it. */
export interface ListenedPort {
  transport: 'udp' | 'tcp' | 'tls';
  port: number;
  setting: string;
}

/** A protocol that has ports of its own, and no credentials. */
export interface ListenedProtocol {
  name: Protocol;
  ports: readonly ListenedPort[];
  /** The setting of the key with which its records are stored, and the SHA-256 of that key in hex. Null: none is named. */
  key: { setting: string; hash: string | null };
  /** For each TCP and TLS connection. */
  createFramer(): Framer;
  /** Puts datagrams together that hold parts of a message. Undefined: more must come, or it is dropped. Without it, each is a message. */
  assemble?: (datagram: Buffer, peer: string) => Buffer | undefined;
  /** One for each submission. */
  reader(receivedAt: Timestamp): ReadMessage;
}
