import { BrokenFraming, type Framer } from '../../listeners/framer.ts';
import { BrokenMsgpack, bytesOf, headerAt, valuesIn } from './msgpack-header.ts';

/** Fluentd's and Fluent Bit's chunks have at most 8 MiB as they come. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const FIRST_BYTES = 1024;
const NOTHING = Buffer.alloc(0);

/** A message is one value of MessagePack. What has been looked at is not looked at again, however the message comes. */
export function createForwardFramer(bytesMax = MESSAGE_BYTES_MAX): Framer {
  /** The first bytes of a message, in a buffer that grows. */
  let buffer = NOTHING;
  let length = 0;
  /** Where the next header is, from the beginning of the message, and how many values the message still has. */
  let at = 0;
  let left = 1;

  /** Where the message ends. Undefined: it is not whole. */
  function endOf(bytes: Buffer, begin: number, end: number): number | undefined {
    while (left > 0) {
      const header = headerAt(bytes, begin + at, end);
      if (!header) break;
      at += bytesOf(header);
      left += valuesIn(header) - 1;
      if (at + left > bytesMax) throw new BrokenFraming(`expected a message of at most ${bytesMax} bytes`);
    }
    return left === 0 && begin + at <= end ? begin + at : undefined;
  }

  function hold(bytes: Buffer): void {
    const end = length + bytes.length;
    if (end > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * buffer.length, end));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    bytes.copy(buffer, length);
    length = end;
  }

  function push(chunk: Buffer): Buffer[] {
    const isHeld = length > 0;
    if (isHeld) hold(chunk);
    const bytes = isHeld ? buffer : chunk;
    const end = isHeld ? length : chunk.length;
    const messages: Buffer[] = [];
    let begin = 0;
    for (let stop = endOf(bytes, begin, end); stop !== undefined && begin < end; stop = endOf(bytes, begin, end)) {
      messages.push(bytes.subarray(begin, stop));
      begin = stop;
      at = 0;
      left = 1;
    }
    const rest = bytes.subarray(begin, end);
    if (!isHeld || begin > 0) {
      buffer = NOTHING;
      length = 0;
      if (rest.length > 0) hold(rest);
    }
    return messages;
  }

  return {
    push(chunk) {
      try {
        return push(chunk);
      } catch (error) {
        throw error instanceof BrokenMsgpack ? new BrokenFraming(error.message) : error;
      }
    },
    end: () => undefined,
    get held() {
      return buffer.length;
    },
  };
}
