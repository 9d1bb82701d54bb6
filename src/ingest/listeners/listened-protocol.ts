import type { Timestamp } from '../../log/time.ts';
import type { Protocol } from '../../metrics/meters.ts';
import type { CountDrop } from './drops.ts';
import type { Framer } from './framer.ts';
import type { ReadMessage } from './gatherer.ts';

/** What is set of a protocol. */
export interface ListenerConfig {
  /** Null: none. */
  readonly port: number | null;
  /** The key with which records are stored. */
  readonly key: { readonly hash: string } | null;
}

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
  /** Puts datagrams together that hold parts of a message. Undefined: more must come. Without it, each datagram is a message. */
  createAssembler?(countDrop: CountDrop): (datagram: Buffer, peer: string) => Buffer | undefined;
  /** What the sender of a message over TCP is told when its records are durable or rejected. Undefined: nothing. */
  acknowledgement?(message: Buffer): Buffer | undefined;
  /** One for each submission. */
  reader(receivedAt: Timestamp): ReadMessage;
}
