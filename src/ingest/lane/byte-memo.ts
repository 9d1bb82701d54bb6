/** Slots of a memo. Texts that fall into one slot take it from each other. */
const SLOTS = 1024;
/** A longer text is made each time. */
const TEXT_BYTES_MAX = 64;

/** Remembers what was made of short texts, which are given as bytes: of levels, services and names there are few. */
export class ByteMemo<T> {
  readonly #make: (text: string) => T;
  readonly #keys: (Uint8Array | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #values: T[] = new Array(SLOTS);

  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  /** What `make` says of this UTF-8. */
  get(bytes: Buffer, from: number, to: number): T {
    const length = to - from;
    if (length > TEXT_BYTES_MAX) return this.#make(bytes.toString('utf8', from, to));
    const slot = slotOf(bytes, from, to);
    const key = this.#keys[slot];
    if (key !== undefined && isSame(key, bytes, from, length)) return this.#values[slot]!;
    const value = this.#make(bytes.toString('utf8', from, to));
    this.#keys[slot] = Uint8Array.prototype.slice.call(bytes, from, to);
    this.#values[slot] = value;
    return value;
  }
}

/** FNV-1a. */
function slotOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function isSame(key: Uint8Array, bytes: Buffer, from: number, length: number): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i++) if (key[i] !== bytes[from + i]) return false;
  return true;
}
