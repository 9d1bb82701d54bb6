/** What stands at the beginning of a value of MessagePack. */
export interface Header {
  kind: 'array' | 'map' | 'text' | 'bytes' | 'extension' | 'integer' | 'float' | 'null' | 'boolean';
  /** Of the header itself, before the value's own bytes. */
  bytes: number;
  /** Of an array or map: how many values it has. Of all others: how many bytes follow. */
  size: number;
}

export class BrokenMsgpack extends Error {}

/** The kinds whose size is in 1, 2 or 4 bytes behind the first one. */
const SIZED: Readonly<Record<number, readonly [Header['kind'], sizeBytes: number]>> = {
  196: ['bytes', 1],
  197: ['bytes', 2],
  198: ['bytes', 4],
  199: ['extension', 1],
  200: ['extension', 2],
  201: ['extension', 4],
  217: ['text', 1],
  218: ['text', 2],
  219: ['text', 4],
  220: ['array', 2],
  221: ['array', 4],
  222: ['map', 2],
  223: ['map', 4],
};

const FIXED: Readonly<Record<number, readonly [Header['kind'], size: number]>> = {
  192: ['null', 0],
  194: ['boolean', 0],
  195: ['boolean', 0],
  202: ['float', 4],
  203: ['float', 8],
  204: ['integer', 1],
  205: ['integer', 2],
  206: ['integer', 4],
  207: ['integer', 8],
  208: ['integer', 1],
  209: ['integer', 2],
  210: ['integer', 4],
  211: ['integer', 8],
  212: ['extension', 1],
  213: ['extension', 2],
  214: ['extension', 4],
  215: ['extension', 8],
  216: ['extension', 16],
};

/** Undefined: more bytes must come. @throws BrokenMsgpack. Format: the MessagePack specification. */
export function headerAt(bytes: Buffer, at: number, end: number): Header | undefined {
  if (at >= end) return undefined;
  const first = bytes[at]!;
  if (first <= 0x7f || first >= 0xe0) return { kind: 'integer', bytes: 1, size: 0 };
  if (first <= 0x8f) return { kind: 'map', bytes: 1, size: first & 0x0f };
  if (first <= 0x9f) return { kind: 'array', bytes: 1, size: first & 0x0f };
  if (first <= 0xbf) return { kind: 'text', bytes: 1, size: first & 0x1f };
  const sized = SIZED[first];
  if (sized) {
    const [kind, sizeBytes] = sized;
    if (at + 1 + sizeBytes > end) return undefined;
    const extra = kind === 'extension' ? 1 : 0;
    return { kind, bytes: 1 + sizeBytes + extra, size: bytes.readUIntBE(at + 1, sizeBytes) };
  }
  const fixed = FIXED[first];
  if (!fixed) throw new BrokenMsgpack(`expected a value of MessagePack, got the byte ${first}`);
  return { kind: fixed[0], bytes: fixed[0] === 'extension' ? 2 : 1, size: fixed[1] };
}

/** The values that stand inside a value. */
export const valuesIn = ({ kind, size }: Header): number => (kind === 'array' ? size : kind === 'map' ? 2 * size : 0);

/** Header and own bytes, without the values inside. */
export const bytesOf = ({ kind, bytes, size }: Header): number =>
  kind === 'array' || kind === 'map' ? bytes : bytes + size;
