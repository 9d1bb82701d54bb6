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
  const chunk = unlessBroken(() => optionsOf(message).chunk);
  if (typeof chunk !== 'string') return undefined;
  const text = Buffer.from(chunk);
  if (text.length > 0xffff) return undefined;
  const head = Buffer.from([0x81, 0xa3, ...Buffer.from('ack'), 0xda, text.length >> 8, text.length & 0xff]);
  return Buffer.concat([head, text]);
}

export function reader(receivedAt: Timestamp): ReadMessage {
  const clock = createClock({ timeZone: 'UTC', now: receivedAt });
  return ({ bytes }) => {
    const read = unlessBroken(() => readForward(bytes, clock));
    return read instanceof BrokenMsgpack ? { code: 'INVALID_MSGPACK', reason: read.message } : read;
  };
}

function unlessBroken<T>(read: () => T): T | BrokenMsgpack {
  try {
    return read();
  } catch (error) {
    if (error instanceof BrokenMsgpack) return error;
    throw error;
  }
}
