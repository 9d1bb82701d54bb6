import { BYTES, VARINT } from './wire.ts';

/** A field of a response with a number: empty for 0, as proto3 says. */
export const varintField = (number: number, value: number): Buffer =>
  value === 0 ? Buffer.alloc(0) : Buffer.from([...varint((number << 3) | VARINT), ...varint(value)]);

/** A field of a response with a text or a message. */
export function bytesField(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([...varint((number << 3) | BYTES), ...varint(bytes.length)]), bytes]);
}

/** @param value not negative */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}
