import { CODE, type Status } from './status.ts';

const PREFIX_BYTES = 5;

/** The message of a call is not what gRPC says. */
export class BadMessage extends Error {
  readonly status: Status;
  constructor(code: number, message: string) {
    super(message);
    this.status = { code, message };
  }
}

interface Message {
  isCompressed: boolean;
  /** As its prefix says. */
  bytes: number;
  /** Throws `BadMessage` where the call holds less, or more, than one message. */
  chunks: AsyncGenerator<Buffer>;
}

/**
 * The one message of a unary call: a byte that says whether it is compressed, its length in four bytes, and its bytes. Nothing is
 * allocated by that length.
 * @throws BadMessage
 */
export async function readMessage(stream: AsyncIterable<Buffer>, bytesMax: number): Promise<Message> {
  const source = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  while (held.length < PREFIX_BYTES) {
    const { done, value } = await source.next();
    if (done) throw new BadMessage(CODE.INVALID_ARGUMENT, `expected a message, got ${held.length} bytes`);
    held = Buffer.concat([held, value]);
  }
  const flag = held[0]!;
  if (flag > 1)
    throw new BadMessage(CODE.INVALID_ARGUMENT, `expected 0 or 1 in the first byte of a message, got ${flag}`);
  const bytes = held.readUInt32BE(1);
  if (bytes > bytesMax) {
    throw new BadMessage(CODE.RESOURCE_EXHAUSTED, `expected a message of at most ${bytesMax} bytes, got ${bytes}`);
  }

  async function* chunks(): AsyncGenerator<Buffer> {
    let left = bytes;
    for (let chunk = held.subarray(PREFIX_BYTES); ; ) {
      if (chunk.length > left) throw new BadMessage(CODE.INVALID_ARGUMENT, 'expected one message in a call, got more');
      left -= chunk.length;
      if (chunk.length > 0) yield chunk;
      const { done, value } = await source.next();
      if (done) break;
      chunk = value;
    }
    if (left > 0)
      throw new BadMessage(CODE.INVALID_ARGUMENT, `expected a message of ${bytes} bytes, got ${bytes - left}`);
  }
  return { isCompressed: flag === 1, bytes, chunks: chunks() };
}

/** A message as it is sent, not compressed. */
export function messageBytes(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
