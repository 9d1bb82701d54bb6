import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Every key begins with it, so that secret scanners find keys, and so that a key is told from other credentials. */
export const KEY_BEGIN = 'weir_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** 62^43 is just above 2^256. */
const SECRET_LENGTH = 43;
/** 62^6 is above 2^32. */
const CHECKSUM_LENGTH = 6;
const SHOWN_LENGTH = KEY_BEGIN.length + 6;
const KEY = new RegExp(`^${KEY_BEGIN}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** A new key: `weir_`, 256 random bits in base62, and a checksum (CRC-32) of what stands before it. */
export const makeKey = (): string => keyOf(randomBytes(SECRET_BYTES));

/** @param secret 32 bytes */
export function keyOf(secret: Uint8Array): string {
  const begin = KEY_BEGIN + base62(BigInt(`0x${Buffer.from(secret).toString('hex')}`), SECRET_LENGTH);
  return begin + checksumOf(begin);
}

/** Whether a text has the form and the checksum of a key. One that is mistyped has not, but for one in 2^32. */
export const isKey = (text: string): boolean =>
  KEY.test(text) && text.endsWith(checksumOf(text.slice(0, -CHECKSUM_LENGTH)));

/** The SHA-256 of the whole key, in hex. It is all that is stored of a key: 256 random bits cannot be found by trying. */
export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** The first characters, to tell keys apart. 220 bits stay unknown. */
export const prefixOf = (key: string): string => key.slice(0, SHOWN_LENGTH);

const checksumOf = (text: string): string => base62(BigInt(crc32(text)), CHECKSUM_LENGTH);

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text;
  return text;
}
