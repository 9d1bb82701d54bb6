import { isUtf8 } from 'node:buffer';
import type { Redactor } from '../../log/record.ts';
import {
  CLOSE_OBJECT,
  COMMA,
  ESCAPED,
  JsonBytes,
  NONE,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  RAW,
  STRING,
} from './json-bytes.ts';
import { KeyPath, TREE_BYTES_MAX } from './key-path.ts';
import type { Plan } from './plan.ts';

/** Values of a line that are looked at one by one. */
const VALUES_MAX = 128;

/** Reads a line of JSON byte by byte: its keys as a path, and where its values are. A line that `JsonBytes` cannot read has no path. */
export class LineScan {
  readonly from = new Int32Array(VALUES_MAX);
  readonly to = new Int32Array(VALUES_MAX);
  readonly kind = new Uint8Array(VALUES_MAX);
  /** Of `ESCAPED`: the text. */
  readonly texts: string[] = new Array(VALUES_MAX).fill('');
  /** Of strings: whether a rule of redaction may match. */
  readonly suspect = new Uint8Array(VALUES_MAX);
  /** The length of the line as text. */
  characters = 0;

  readonly #json: JsonBytes;
  #root = KeyPath.root<Plan>();
  #treeBytes = 0;
  /** Counts what is added to the tree of paths. */
  readonly addBytes = (bytes: number): void => {
    this.#treeBytes += bytes;
  };
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #count = 0;

  constructor(redactor: Redactor | null) {
    this.#json = new JsonBytes(redactor);
  }

  /** Commas and opening brackets of the line, as `scanJson` counts them. */
  get values(): number {
    return this.#json.values;
  }

  /** Whether redaction leaves the text as it is. */
  isClean(text: string): boolean {
    return this.#json.isClean(text);
  }

  /** The path of the line's keys. */
  scan(bytes: Buffer, from: number, to: number): KeyPath<Plan> | undefined {
    if (this.#treeBytes > TREE_BYTES_MAX) {
      this.#root = KeyPath.root<Plan>();
      this.#treeBytes = 0;
    }
    this.#bytes = bytes;
    this.#end = to;
    this.#count = 0;
    this.#json.begin(bytes, to);
    const path = this.#record(from);
    if (path === undefined) return undefined;
    this.characters = to - from;
    if (this.#json.allBits > 0x7f) {
      if (!isUtf8(bytes.subarray(from, to))) return undefined;
      this.characters = bytes.toString('utf8', from, to).length;
    }
    return path;
  }

  #record(from: number): KeyPath<Plan> | undefined {
    const bytes = this.#bytes;
    const json = this.#json;
    let at = json.skipSpace(from);
    if (bytes[at] !== OPEN_OBJECT || at >= this.#end) return undefined;
    json.values++;
    at = json.skipSpace(at + 1);
    let path: KeyPath<Plan> | undefined = this.#root;
    for (;;) {
      // A key, and the value or the brace that follows it.
      const begin = at + 1;
      const end = json.key(at);
      if (end === NONE) return undefined;
      path = path.next(bytes, begin, end, this.addBytes);
      if (path === undefined) return undefined;
      at = json.colon(end + 1);
      if (at === NONE) return undefined;
      const opened: KeyPath<Plan> | undefined = bytes[at] === OPEN_OBJECT ? path.open(this.addBytes) : undefined;
      const inner: number = opened === undefined ? NONE : json.skipSpace(at + 1);
      if (opened !== undefined && bytes[inner] !== CLOSE_OBJECT) {
        json.values++;
        path = opened;
        at = inner;
        continue;
      }
      at = this.#value(at);
      if (at === NONE) return undefined;
      at = json.skipSpace(at);
      while (bytes[at] === CLOSE_OBJECT && path.inside !== undefined && at < this.#end) {
        path = path.close(this.addBytes);
        at = json.skipSpace(at + 1);
      }
      if (at >= this.#end) return undefined;
      if (bytes[at] === COMMA) {
        json.values++;
        at = json.skipSpace(at + 1);
      } else return bytes[at] === CLOSE_OBJECT && json.skipSpace(at + 1) === this.#end ? path : undefined;
    }
  }

  /** The end of the value, which is kept. */
  #value(at: number): number {
    const json = this.#json;
    const value = this.#count++;
    if (value >= VALUES_MAX) return NONE;
    const byte = this.#bytes[at];
    if (byte === QUOTE) {
      const end = json.string(at + 1);
      if (end === NONE) return NONE;
      this.kind[value] = json.text === undefined ? STRING : ESCAPED;
      this.texts[value] = json.text ?? '';
      this.suspect[value] = json.found === 0 ? 0 : 1;
      this.from[value] = at + 1;
      this.to[value] = end;
      return end + 1;
    }
    const isRaw = byte === OPEN_OBJECT || byte === OPEN_LIST;
    const end = isRaw ? json.nested(at) : json.scalar(at);
    this.kind[value] = isRaw ? RAW : json.kind;
    this.from[value] = at;
    this.to[value] = end;
    return end;
  }
}
