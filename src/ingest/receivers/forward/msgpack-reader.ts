import { JSON_DEPTH_MAX, type Json, type JsonObject, setOwn } from '../../../log/json.ts';
import { BrokenMsgpack, bytesOf, type Header, headerAt, valuesIn } from './msgpack-header.ts';

/** Levels of a record, and of the message around it. */
const DEPTH_MAX = JSON_DEPTH_MAX + 4;
/** Of one record, with the maps and lists that hold them. */
const VALUES_MAX = 50_000;

/** Reads values of MessagePack that lie whole in bytes, one after the other. Every length is checked against the bytes that are there. */
export interface MsgpackReader {
  readonly isAtEnd: boolean;
  /** The kind of the next value. @throws BrokenMsgpack */
  peek(): Header;
  /** Goes into an array, and says how many values it has. @throws BrokenMsgpack */
  array(): number;
  /** @throws BrokenMsgpack */
  skip(): void;
  /** The bytes of a text, of bytes or of an extension. @throws BrokenMsgpack */
  raw(): Buffer;
  /** As JSON: bytes as text, an extension as null. @throws BrokenMsgpack */
  value(): Json;
}

export function createMsgpackReader(bytes: Buffer): MsgpackReader {
  let at = 0;
  let values = 0;

  function peek(): Header {
    const header = headerAt(bytes, at, bytes.length);
    if (!header || at + bytesOf(header) + valuesIn(header) > bytes.length) {
      throw new BrokenMsgpack('expected a whole value of MessagePack, got its beginning');
    }
    return header;
  }

  function raw(): Buffer {
    const header = peek();
    const from = at + header.bytes;
    at += bytesOf(header);
    return bytes.subarray(from, at);
  }

  function read(depth: number): Json {
    if (depth > DEPTH_MAX) throw new BrokenMsgpack(`expected at most ${JSON_DEPTH_MAX} levels`);
    if (++values > VALUES_MAX) throw new BrokenMsgpack(`expected a record of at most ${VALUES_MAX} values, got more`);
    const { kind, size } = peek();
    switch (kind) {
      case 'array': {
        at += peek().bytes;
        return Array.from({ length: Math.min(size, VALUES_MAX) }, () => read(depth + 1));
      }
      case 'map': {
        at += peek().bytes;
        return readMap(size, depth);
      }
      case 'integer':
        return readInteger();
      case 'float':
        return readFloat();
      case 'boolean':
        return bytes[at++] === 0xc3;
      case 'text':
      case 'bytes':
        return raw().toString();
      default:
        raw();
        return null;
    }
  }

  function readMap(size: number, depth: number): JsonObject {
    const map: JsonObject = {};
    for (let n = 0; n < size; n++) {
      const key = read(depth + 1);
      setOwn(map, typeof key === 'string' ? key : JSON.stringify(key), read(depth + 1));
    }
    return map;
  }

  /** Those beyond 2^53 become text. */
  function readInteger(): Json {
    const first = bytes[at]!;
    const own = raw();
    if (own.length === 0) return first <= 0x7f ? first : first - 0x100;
    const isSigned = first >= 0xd0;
    if (own.length < 8) return isSigned ? own.readIntBE(0, own.length) : own.readUIntBE(0, own.length);
    const big = isSigned ? own.readBigInt64BE() : own.readBigUInt64BE();
    return Number.isSafeInteger(Number(big)) ? Number(big) : String(big);
  }

  function readFloat(): Json {
    const own = raw();
    const number = own.length === 4 ? own.readFloatBE() : own.readDoubleBE();
    return Number.isFinite(number) ? number : String(number);
  }

  return {
    get isAtEnd() {
      return at >= bytes.length;
    },
    peek,
    array() {
      const { kind, size, bytes: headerBytes } = peek();
      if (kind !== 'array') throw new BrokenMsgpack(`expected an array, got ${kind}`);
      at += headerBytes;
      return size;
    },
    skip() {
      for (let left = 1; left > 0; left--) {
        const header = peek();
        at += bytesOf(header);
        left += valuesIn(header);
      }
    },
    raw,
    value() {
      values = 0;
      return read(1);
    },
  };
}
