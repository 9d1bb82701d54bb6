import { NAMES, type Names } from '../../record-names/logger-names.ts';

/** Objects whose members are looked at one by one, inside one another. */
const DEPTH_MAX = 4;
/** A tree of so many bytes, with its plans, is emptied: senders that still send fill it again. */
export const TREE_BYTES_MAX = 16 * 1024 * 1024;
/** The memory of a node without its key. */
const NODE_BYTES = 400;
const KEY_BYTES_MAX = 128;
/** A node with more children looks for none: its keys are values, such as ids. */
const CHILDREN_MAX = 64;
const NO_NAMES: Names = { here: new Map(), inside: new Map() };
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
  readonly #bytes: Buffer;
  /** The names that are known where the next key stands. */
  readonly #names: Names;
  /** The node of the key whose object the next key stands in. Undefined in the record itself. */
  readonly inside: KeyPath<Plan> | undefined;
  readonly #depth: number;
  /** Undefined until the first line that ends here. Null: such lines are read as text. */
  plan: Plan | null | undefined = undefined;
  readonly #children: KeyPath<Plan>[] = [];
  #last: KeyPath<Plan> | undefined = undefined;
  #opened: KeyPath<Plan> | undefined = undefined;
  #closed: KeyPath<Plan> | undefined = undefined;

  private constructor(
    before: KeyPath<Plan> | undefined,
    kind: KeyPath<Plan>['kind'],
    bytes: Buffer,
    place: { names: Names; inside: KeyPath<Plan> | undefined; depth: number },
  ) {
    this.before = before;
    this.kind = kind;
    this.#bytes = bytes;
    this.key = bytes.toString();
    this.#names = place.names;
    this.inside = place.inside;
    this.#depth = place.depth;
  }

  static root<Plan>(): KeyPath<Plan> {
    return new KeyPath(undefined, 'root', Buffer.alloc(0), { names: NAMES, inside: undefined, depth: 0 });
  }

  /** The path with one more key. Undefined: there are too many, or it is too long. `onNew` is told the bytes of a new node. */
  next(bytes: Buffer, from: number, to: number, onNew: (bytes: number) => void): KeyPath<Plan> | undefined {
    const last = this.#last;
    if (last?.is(bytes, from, to)) return last;
    for (const child of this.#children) {
      if (child.is(bytes, from, to)) {
        this.#last = child;
        return child;
      }
    }
    if (this.#children.length >= CHILDREN_MAX || to - from > KEY_BYTES_MAX) return undefined;
    onNew(NODE_BYTES + 2 * (to - from));
    const place = { names: this.#names, inside: this.inside, depth: this.#depth };
    const child = new KeyPath(this, 'key', Buffer.from(bytes.subarray(from, to)), place);
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
    if (this.#depth >= DEPTH_MAX) return undefined;
    const names = this.#names.inside.get(this.key);
    return names ?? (this.inside === undefined && this.key === ATTRIBUTES ? NO_NAMES : undefined);
  }

  /** The path into the object of this key. Undefined: its members are not looked at. */
  open(onNew: (bytes: number) => void): KeyPath<Plan> | undefined {
    if (this.#opened !== undefined) return this.#opened;
    const names = this.#namesInside();
    if (names === undefined) return undefined;
    onNew(NODE_BYTES);
    this.#opened = new KeyPath(this, 'open', this.#bytes, { names, inside: this, depth: this.#depth + 1 });
    return this.#opened;
  }

  /** The path out of the object in which the next key would stand. */
  close(onNew: (bytes: number) => void): KeyPath<Plan> {
    if (this.#closed !== undefined) return this.#closed;
    const key = this.inside!;
    onNew(NODE_BYTES);
    this.#closed = new KeyPath(this, 'close', key.#bytes, { names: key.#names, inside: key.inside, depth: key.#depth });
    return this.#closed;
  }

  /** The nodes from the first key to this one. */
  steps(): KeyPath<Plan>[] {
    const steps: KeyPath<Plan>[] = [];
    for (let node: KeyPath<Plan> | undefined = this; node?.before; node = node.before) steps.push(node);
    return steps.reverse();
  }
}
