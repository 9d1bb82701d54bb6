import { randomFillSync } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID in Postgres' own spelling (lower case, hyphens); undefined where the text is none. */
export const parseUid = (text: string): string | undefined => (UUID.test(text) ? text.toLowerCase() : undefined);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const pool = new Uint8Array(6 * 1024);
let poolAt = pool.length;
let lastMs = 0;
let counter = 0;

/**
 * A UUIDv7 (RFC 9562) greater than every one this process made before: 48 bits of milliseconds, 26 bits of counter that
 * starts anew at random each millisecond (method 1), 48 bits of randomness. So records without a finer time keep the order in
 * which they came.
 */
export function newUid(): string {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const at = poolAt;
  poolAt += 6;
  const ms = Date.now();
  if (ms > lastMs) {
    lastMs = ms;
    counter = ((pool[at]! << 16) | (pool[at + 1]! << 8) | pool[at + 2]!) & 0xffffff;
  } else if (++counter > 0x3ffffff) {
    lastMs++;
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const high = counter >> 14;
  const low = counter & 0x3fff;
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${high.toString(16).padStart(3, '0')}-` +
    `${HEX[0x80 | (low >> 8)]}${HEX[low & 0xff]}-` +
    `${HEX[pool[at]!]}${HEX[pool[at + 1]!]}${HEX[pool[at + 2]!]}${HEX[pool[at + 3]!]}${HEX[pool[at + 4]!]}${HEX[pool[at + 5]!]}`
  );
}
