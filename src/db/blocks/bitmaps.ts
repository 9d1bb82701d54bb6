/** Filters of one length, turned: bitmap n has bit n of each filter. */
export interface Bitmaps {
  /** One after the other. Bits are counted from the highest of a byte, as in a literal of PostgreSQL. */
  bytes: Buffer;
  /** Bits of one: those after the last filter are 0. */
  width: number;
}

/** `filters`: at least one; bit n is bit n % 8, from the lowest, of byte n / 8. */
export function createBitmaps(filterBytes: number, filters: number): Bitmaps & { add(filter: Buffer): void } {
  const rowBytes = Math.ceil(filters / 8);
  const bytes = Buffer.alloc(8 * filterBytes * rowBytes);
  let place = 0;
  return {
    bytes,
    width: 8 * rowBytes,
    add(filter) {
      const [column, bit] = [place >> 3, 0x80 >> (place & 7)];
      for (let at = 0; at < filterBytes; at++) {
        for (let byte = filter[at]!; byte !== 0; byte &= byte - 1) {
          const row = 8 * at + 31 - Math.clz32(byte & -byte);
          bytes[row * rowBytes + column]! |= bit;
        }
      }
      place++;
    },
  };
}
