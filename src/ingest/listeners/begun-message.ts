/** The first bytes of a message whose rest has not come. It may come byte by byte, so they are copied to one buffer. */
export interface BegunMessage {
  add(bytes: Buffer): void;
  /** The whole message, with its last bytes. Without the bytes beyond `bytesMax`. */
  finish(last: Buffer): Buffer;
  /** The memory that it takes. */
  readonly held: number;
}

const NOTHING = Buffer.alloc(0);
const FIRST_BYTES = 256;

export function createBegunMessage(bytesMax: number): BegunMessage {
  let buffer = NOTHING;
  let length = 0;

  function add(bytes: Buffer): void {
    const end = Math.min(bytesMax, length + bytes.length);
    if (end > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(bytesMax, Math.max(FIRST_BYTES, 2 * buffer.length, end)));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    bytes.copy(buffer, length, 0, end - length);
    length = end;
  }

  return {
    add,
    finish(last) {
      if (length === 0) return last.subarray(0, bytesMax);
      add(last);
      const whole = buffer.subarray(0, length);
      buffer = NOTHING;
      length = 0;
      return whole;
    },
    get held() {
      return buffer.length;
    },
  };
}
