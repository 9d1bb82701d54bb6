import { NAMES, type Name, type Names } from '../../record-names/logger-names.ts';

/** A tree of so many bytes, with its plans, is emptied: senders that still send fill it again. */
export const TREE_BYTES_MAX = 16 * 1024 * 1024;
/** The memory of a node without its key. */
const NODE_BYTES = 400;
const KEY_BYTES_MAX = 128;
/** The oldest child makes room: so keys that never repeat do not keep those out that do. */
const CHILDREN_MAX = 64;
export const NO_NAMES: Names = { here: new Map(), inside: new Map() };
/** The object that a sender of `/ingest` has for what no field takes. */
export const ATTRIBUTES = 'attributes';

type Kind = 'root' | 'key' | 'open' | 'close';

/**
 * The keys of a line, one after the other: a path through a tree. Lines of one logger take the same few paths, and each path has its
 * plan. A node stands for the last key, or for the brace that opened or closed the object of a key.
 */
export class KeyPath<Plan> {
  readonly before: KeyPath<Plan> | undefined;
  readonly kind: Kind;
  /** The key. Of a brace, the key of its object. */
  readonly key: string;
  readonly #bytes: Uint8Array;
  /** The names that are known where the next key stands. */
  readonly #names: Names;
  /** The node of the key whose object the next key stands in. Undefined in the record itself. */
  readonly inside: KeyPath<Plan> | undefined;
  /** Lines with this key are read as text: the rest of them need not be scanned. */
  readonly #isForText: boolean;
  /** Undefined until the first line that ends here. Null: such lines are read as text. */
  plan: Plan | null | undefined = undefined;
  readonly #children: KeyPath<Plan>[] = [];
  #last: KeyPath<Plan> | undefined = undefined;
  #opened: KeyPath<Plan> | undefined = undefined;
  #closed: KeyPath<Plan> | undefined = undefined;

  private constructor(
    before: KeyPath<Plan> | undefined,
    kind: KeyPath<Plan>['kind'],
    bytes: Uint8Array,
    place: { names: Names; inside: KeyPath<Plan> | undefined },
  ) {
    this.before = before;
    this.kind = kind;
    this.#bytes = bytes;
    this.key = Buffer.from(bytes).toString();
    this.#names = place.names;
    this.inside = place.inside;
    const name = kind === 'key' ? place.names.here.get(this.key) : undefined;
    this.#isForText = name !== undefined && !hasPlan(name);
  }

  static root<Plan>(): KeyPath<Plan> {
    return new KeyPath(undefined, 'root', new Uint8Array(0), { names: NAMES, inside: undefined });
  }

  /**
   * The path with one more key. Undefined: the key is too long, or no line with it has a plan. `onNew` is told the bytes of a new
   * node.
   */
  next(bytes: Buffer, from: number, to: number, onNew: (bytes: number) => void): KeyPath<Plan> | undefined {
    const next = this.#child(bytes, from, to, onNew);
    if (next === undefined) return undefined;
    return next.#isForText ? undefined : next;
  }

  #child(bytes: Buffer, from: number, to: number, onNew: (bytes: number) => void): KeyPath<Plan> | undefined {
    const last = this.#last;
    if (last?.is(bytes, from, to)) return last;
    for (const child of this.#children) {
      if (child.is(bytes, from, to)) {
        this.#last = child;
        return child;
      }
    }
    if (to - from > KEY_BYTES_MAX) return undefined;
    if (this.#children.length >= CHILDREN_MAX) this.#children.shift();
    onNew(NODE_BYTES + 2 * (to - from));
    const place = { names: this.#names, inside: this.inside };
    const child = new KeyPath<Plan>(this, 'key', copyOf(bytes, from, to), place);
    this.#children.push(child);
    this.#last = child;
    return child;
  }

  /** Whether this is its key. */
  is(bytes: Buffer, from: number, to: number): boolean {
    const own = this.#bytes;
    const { length } = own;
    if (length !== to - from) return false;
    for (let i = 0; i < length; i++) if (own[i] !== bytes[from + i]) return false;
    return true;
  }

  /** The names that are known in the object of this key. Undefined: the object is a value like any other. */
  #namesInside(): Names | undefined {
    const names = this.#names.inside.get(this.key);
    return names ?? (this.inside === undefined && this.key === ATTRIBUTES ? NO_NAMES : undefined);
  }

  /** The path into the object of this key. Undefined: its members are not looked at. */
  open(onNew: (bytes: number) => void): KeyPath<Plan> | undefined {
    if (this.#opened !== undefined) return this.#opened;
    const names = this.#namesInside();
    if (names === undefined) return undefined;
    onNew(NODE_BYTES);
    this.#opened = new KeyPath(this, 'open', this.#bytes, { names, inside: this });
    return this.#opened;
  }

  /** The path out of the object in which the next key would stand. */
  close(onNew: (bytes: number) => void): KeyPath<Plan> {
    if (this.#closed !== undefined) return this.#closed;
    const key = this.inside!;
    onNew(NODE_BYTES);
    this.#closed = new KeyPath(this, 'close', key.#bytes, { names: key.#names, inside: key.inside });
    return this.#closed;
  }

  /** The nodes from the first key to this one. */
  steps(): KeyPath<Plan>[] {
    const steps: KeyPath<Plan>[] = [];
    for (let node: KeyPath<Plan> | undefined = this; node?.before; node = node.before) steps.push(node);
    return steps.reverse();
  }
}

/** Whether a value under a name can be taken without looking at the rest of its record: a uid, or a shape, needs all of it. */
export const hasPlan = ({ field, shape, kept }: Name): boolean => shape === undefined && !kept && field !== 'uid';

/** With memory of its own: a copy that `Buffer` makes would keep a slab of its pool. */
const copyOf = (bytes: Buffer, from: number, to: number): Uint8Array =>
  Uint8Array.prototype.slice.call(bytes, from, to);
