/** Bits of a filter at most. A row with two such filters takes half a page of PostgreSQL. */
export const FILTER_BITS_MAX = 15_840;
/** Bits of a filter for each gram: so about two of five are set. */
const BITS_PER_GRAM = 2;
const LENGTHS_PER_DOUBLING = 4;
/** A text of more characters fills a set: its grams would set nearly all bits of the largest filter. */
export const TEXT_LENGTH_MAX = 65_536;
const GRAM_BYTES = 4;
/** The filter that lets everything through. */
const FULL = Buffer.of(0xff);

/** A-Z as a-z: the search knows no other pair of letters. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

export const HASH_BITS = 16;
/** The upper bits of a gram of four bytes times a constant: Fibonacci hashing. */
const hashOf = (gram: number): number => Math.imul(gram, 0x9e3779b1) >>> (32 - HASH_BITS);

/** One bit for each hash. */
const WORDS = 2 ** HASH_BITS / 32;

/**
 * The grams of texts: each four bytes that follow each other in their UTF-8, in small letters. A text that contains another one
 * has all its grams. A gram is kept as a hash of 16 bits, so the set may have more grams than its texts, but never fewer.
 */
export class GramSet {
  readonly #words = new Uint32Array(WORDS);
  /** At least as many as there are. */
  #sizeMax = 0;
  #isFull = false;

  add(text: string): void {
    if (text.length > TEXT_LENGTH_MAX) this.fill();
    if (this.#isFull) return;
    const words = this.#words;
    let gram = 0;
    for (let at = 0; at < text.length; at++) {
      const byte = text.charCodeAt(at);
      if (byte >= 0x80) {
        // The grams up to here are grams of the bytes too.
        const bytes = Buffer.from(text);
        this.#addAll(bytes, 0, bytes.length);
        return;
      }
      gram = (gram << 8) | FOLDED[byte]!;
      if (at >= GRAM_BYTES - 1) setBit(words, hashOf(gram));
    }
    this.#sizeMax += text.length;
  }

  /** Adds a text as UTF-8. One of more than `TEXT_LENGTH_MAX` bytes fills the set. */
  addBytes(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > TEXT_LENGTH_MAX) this.fill();
    if (!this.#isFull) this.#addAll(bytes, from, to);
  }

  #addAll(bytes: Uint8Array, from: number, to: number): void {
    const words = this.#words;
    const first = from + GRAM_BYTES - 1;
    let gram = 0;
    for (let at = from; at < to; at++) {
      gram = (gram << 8) | FOLDED[bytes[at]!]!;
      if (at >= first) setBit(words, hashOf(gram));
    }
    this.#sizeMax += to - from;
  }

  /** The set then stands for every gram. */
  fill(): void {
    this.#isFull = true;
  }

  /** Whether there are so many grams. They are counted only when there may be. */
  hasAtLeast(size: number): boolean {
    if (this.#isFull) return true;
    if (this.#sizeMax >= size) this.#sizeMax = this.#count();
    return this.#sizeMax >= size;
  }

  #count(): number {
    let size = 0;
    for (let index = 0; index < WORDS; index++) size += bitsIn(this.#words[index]!);
    return size;
  }

  /** Sorted, and each once. Undefined for a full set. */
  hashes(): number[] | undefined {
    if (this.#isFull) return undefined;
    const found: number[] = [];
    for (let index = 0; index < WORDS; index++) {
      for (let word = this.#words[index]!; word !== 0; word &= word - 1) found.push(32 * index + lowestBit(word));
    }
    return found;
  }

  /**
   * A bit for each gram, at its hash scaled to the number of bits: block-test.ts reads it so. Bit n is bit n % 8, from the lowest,
   * of byte n / 8, as `get_bit` of PostgreSQL counts.
   */
  toFilter(): Buffer {
    if (this.#isFull) return FULL;
    const bytes = filterBytes(this.#count());
    const bits = 8 * bytes;
    const filter = Buffer.alloc(bytes);
    for (let index = 0; index < WORDS; index++) {
      for (let word = this.#words[index]!; word !== 0; word &= word - 1) {
        const bit = ((32 * index + lowestBit(word)) * bits) >>> HASH_BITS;
        filter[bit >> 3]! |= 1 << (bit & 7);
      }
    }
    return filter;
  }

  clear(): void {
    this.#words.fill(0);
    this.#sizeMax = 0;
    this.#isFull = false;
  }
}

/**
 * As many as the grams need, rounded to one of four lengths from each power of two to the next: blocks whose filters have the
 * same length can be read as a group.
 */
function filterBytes(grams: number): number {
  const wanted = Math.max(Math.ceil((grams * BITS_PER_GRAM) / 8), 1);
  const rounded = Math.ceil(2 ** (Math.round(LENGTHS_PER_DOUBLING * Math.log2(wanted)) / LENGTHS_PER_DOUBLING));
  return Math.min(rounded, FILTER_BITS_MAX / 8);
}

function setBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5]! |= 1 << (bit & 31);
}

function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);

const grams = new GramSet();

/** The hashes of a text's grams. Empty for fewer than four bytes; undefined when there are too many. */
export function gramHashes(text: string): number[] | undefined {
  grams.clear();
  grams.add(text);
  return grams.hashes();
}
