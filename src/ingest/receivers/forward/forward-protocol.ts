import type { Timestamp } from '../../../log/time.ts';
import { createClock } from '../../../log-file/inner-line.ts';
import type { ReadMessage } from '../../listeners/gatherer.ts';
import type { ListenedProtocol, ListenerConfig } from '../../listeners/listened-protocol.ts';
import { createForwardFramer } from './forward-framer.ts';
import { optionsOf, readForward } from './forward-message.ts';
import { BrokenMsgpack } from './msgpack-header.ts';

/** Fluentd's forward protocol over TCP, without its handshake by a shared key. */
export const forwardProtocol = ({ port, key }: ListenerConfig): ListenedProtocol => ({
  name: 'forward',
  ports: port === null ? [] : [{ transport: 'tcp', port, setting: 'FORWARD_PORT' }],
  key: { setting: 'FORWARD_KEY', hash: key?.hash ?? null },
  createFramer: createForwardFramer,
  acknowledgement,
  reader,
});

/** What the sender of a chunk waits for: `{ack: chunk}`. */
export function acknowledgement(message: Buffer): Buffer | undefined {
  const chunk = chunkOf(message);
  if (chunk === undefined) return undefined;
  const text = Buffer.from(chunk);
  const head = Buffer.from([0x81, 0xa3, ...Buffer.from('ack'), 0xda, text.length >> 8, text.length & 0xff]);
  return Buffer.concat([head, text]);
}

/** A longer one is no id. */
const CHUNK_LENGTH_MAX = 1024;

function chunkOf(message: Buffer): string | undefined {
  try {
    const { chunk } = optionsOf(message);
    return chunk !== undefined && chunk.length <= CHUNK_LENGTH_MAX ? chunk : undefined;
  } catch (error) {
    if (error instanceof BrokenMsgpack) return undefined;
    throw error;
  }
}

/** The events before a broken one are stored. */
export function reader(receivedAt: Timestamp): ReadMessage {
  const clock = createClock({ timeZone: 'UTC', now: receivedAt });
  return function* ({ bytes }) {
    try {
      yield* readForward(bytes, clock);
    } catch (error) {
      if (!(error instanceof BrokenMsgpack)) throw error;
      yield { code: 'INVALID_MSGPACK', reason: error.message };
    }
  };
}
