/** Bits of a filter at most. With it a row of `log_blocks` fills a quarter of a page. */
export const FILTER_BITS_MAX = 15_840;
/** Bits of a filter for each gram: so about two of five are set. */
const BITS_PER_GRAM = 2;
/** A text of more characters fills a set: its grams would set nearly all bits of the largest filter. */
export const TEXT_LENGTH_MAX = 65_536;
/** More grams make a set full. */
const GRAMS_MAX = 2 * FILTER_BITS_MAX;
const GRAM_BYTES = 4;
/** The filter that lets everything through. */
const FULL = Buffer.of(0xff);

/** A-Z as a-z: the search knows no other pair of letters. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

/** 16 bits of a gram of four bytes. The multiplier is that of Fibonacci hashing. */
const hashOf = (gram: number): number => Math.imul(gram, 0x9e3779b1) >>> 16;

/**
 * The grams of texts: each four bytes that follow each other in their UTF-8, in small letters. A text that contains another one
 * has all its grams. A gram is kept as a hash of 16 bits, so the set may have more grams than its texts, but never fewer.
 */
export class GramSet {
  readonly #has = new Uint8Array(65_536);
  readonly #hashes = new Uint16Array(GRAMS_MAX);
  #size = 0;
  #isFull = false;

  /** How many grams it has; of a full set, the most that there can be. */
  get size(): number {
    return this.#isFull ? GRAMS_MAX : this.#size;
  }

  add(text: string): void {
    if (text.length > TEXT_LENGTH_MAX) this.fill();
    if (this.#isFull) return;
    let gram = 0;
    for (let at = 0; at < text.length; at++) {
      const byte = text.charCodeAt(at);
      if (byte >= 0x80) {
        // The grams up to here are grams of the bytes too.
        this.#addBytes(Buffer.from(text));
        return;
      }
      gram = (gram << 8) | FOLDED[byte]!;
      if (at >= GRAM_BYTES - 1) this.#addHash(hashOf(gram));
    }
  }

  #addBytes(bytes: Buffer): void {
    let gram = 0;
    for (let at = 0; at < bytes.length; at++) {
      gram = (gram << 8) | FOLDED[bytes[at]!]!;
      if (at >= GRAM_BYTES - 1) this.#addHash(hashOf(gram));
    }
  }

  #addHash(hash: number): void {
    if (this.#has[hash] === 1) return;
    if (this.#size === GRAMS_MAX) {
      this.fill();
      return;
    }
    this.#has[hash] = 1;
    this.#hashes[this.#size++] = hash;
  }

  /** The set then stands for every gram. */
  fill(): void {
    this.#isFull = true;
  }

  /** Sorted, and each once. Undefined for a full set. */
  hashes(): number[] | undefined {
    return this.#isFull ? undefined : [...this.#hashes.subarray(0, this.#size)].sort((a, b) => a - b);
  }

  /**
   * A bit for each gram, at its hash modulo the number of bits. Bit n is bit n % 8, from the lowest, of byte n / 8, as
   * `get_bit` of PostgreSQL counts.
   */
  toFilter(): Buffer {
    if (this.#isFull) return FULL;
    const bytes = Math.min(Math.ceil((Math.max(this.#size, 1) * BITS_PER_GRAM) / 8), FILTER_BITS_MAX / 8);
    const filter = Buffer.alloc(bytes);
    const bits = bytes * 8;
    for (let at = 0; at < this.#size; at++) {
      const bit = this.#hashes[at]! % bits;
      filter[bit >> 3]! |= 1 << (bit & 7);
    }
    return filter;
  }

  clear(): void {
    for (let at = 0; at < this.#size; at++) this.#has[this.#hashes[at]!] = 0;
    this.#size = 0;
    this.#isFull = false;
  }
}

/** The hashes of a text's grams. Empty for fewer than four bytes; undefined when there are too many. */
export function gramHashes(text: string): number[] | undefined {
  const grams = new GramSet();
  grams.add(text);
  return grams.hashes();
}
