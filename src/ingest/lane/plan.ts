import { FIELD_NAMES } from '../../log/fields.ts';
import type { Redactor } from '../../log/record.ts';
import { hintOf } from '../../record-names/llm-names.ts';
import { NAMES, type Name, type Names } from '../../record-names/logger-names.ts';
import { id, message, type Reader, text } from '../../record-names/value-readers.ts';
import { ATTRIBUTES, hasPlan, type KeyPath, NO_NAMES } from './key-path.ts';

/** How a value becomes its field. */
export interface Taken {
  /** The place of the value among those of the line. */
  value: number;
  read: Reader;
  /** `read` leaves a text as it is, but for the empty one (`message` takes it), and for one with `0x` where `isId`. */
  isCopied: boolean;
  takesEmpty: boolean;
  isId: boolean;
}

/** A piece of the JSON of the attributes: bytes that are the same in each line, or the place of a value. */
export type Piece = Uint8Array | number;

/** What is done with the values of all lines that have the same keys. */
export interface Plan {
  /** By the place of the field in `FIELD_NAMES`. */
  taken: (Taken | undefined)[];
  attributes: Piece[];
  /** A value that must not be an object, or no value. */
  notRaw: number | undefined;
  /** Of memory. */
  bytes: number;
}

const PLAN_BYTES = 1000;
const PIECE_BYTES = 150;

/** Members of an object, by key. */
type Members = Map<string, number | Members>;

/** A line with these keys begins like one of OpenTelemetry: `isOtlp`. */
const OTLP_KEYS: ReadonlySet<string> = new Set(['resourceLogs', 'resource_logs']);

/**
 * The plan for lines with these keys: what `draftFromJson` does with them, known before there are values. Null where it depends on
 * values, or where two names mean one field: such lines are read as text. The names are those of `NAMES`.
 */
export function planOf(path: KeyPath<Plan>, redactor: Redactor | null): Plan | null {
  try {
    return new Planner(redactor).plan(path);
  } catch (error) {
    if (error instanceof NoPlan) return null;
    throw error;
  }
}

class NoPlan extends Error {}

class Planner {
  readonly #redactor: Redactor | null;
  readonly #taken: (Taken | undefined)[] = FIELD_NAMES.map(() => undefined);
  #value = 0;
  #notRaw: number | undefined;

  constructor(redactor: Redactor | null) {
    this.#redactor = redactor;
  }

  plan(path: KeyPath<Plan>): Plan {
    const steps = path.steps();
    if (OTLP_KEYS.has(steps[0]!.key)) throw new NoPlan();
    const left = this.#left(steps, NAMES);
    const attributes = withOwnAttributes(left);
    for (const key of attributes.keys()) if (hintOf(key) !== undefined) throw new NoPlan();
    const pieces = joined(this.#piecesOf(attributes)).map(encoded);
    const bytes = pieces.reduce<number>((sum, piece) => sum + PIECE_BYTES + bytesIn(piece), PLAN_BYTES);
    return { taken: this.#taken, attributes: pieces, notRaw: this.#notRaw, bytes };
  }

  /** Takes the steps of one object. Returns its members that no field takes. */
  #left(steps: KeyPath<Plan>[], names: Names): Members {
    const left: Members = new Map();
    const seen = new Set<string>();
    for (let step = steps.shift(); step && step.kind !== 'close'; step = steps.shift()) {
      const { key } = step;
      // The last of two members with one key counts.
      if (seen.has(key)) throw new NoPlan();
      seen.add(key);
      const name = names.here.get(key);
      if (steps[0]?.kind === 'open') {
        // A time may be an object.
        if (name && (!hasPlan(name) || name.field === 'timestamp')) throw new NoPlan();
        steps.shift();
        const inner = this.#left(steps, names.inside.get(key) ?? NO_NAMES);
        if (inner.size > 0) left.set(key, inner);
        continue;
      }
      const value = this.#value++;
      if (name) this.#take(name, value);
      else {
        if (key === ATTRIBUTES && names === NAMES) this.#notRaw = value;
        left.set(key, value);
      }
    }
    return left;
  }

  #take(name: Name, value: number): void {
    const place = FIELD_NAMES.indexOf(name.field);
    if (!hasPlan(name) || this.#taken[place]) throw new NoPlan();
    this.#taken[place] = takenBy(name.read, value);
  }

  /** The JSON of an object. */
  #piecesOf(members: Members): (string | number)[] {
    const pieces: (string | number)[] = [];
    let before = '{';
    for (const [key, member] of members) {
      if (this.#redactor?.isPlainName(key) === false) throw new NoPlan();
      pieces.push(`${before}${JSON.stringify(key)}:`);
      if (typeof member === 'number') pieces.push(member);
      else pieces.push(...this.#piecesOf(member));
      before = ',';
    }
    pieces.push(members.size === 0 ? '{}' : '}');
    return pieces;
  }
}

const bytesIn = (piece: Piece): number => (typeof piece === 'number' ? 0 : piece.length);

function takenBy(read: Reader, value: number): Taken {
  return {
    value,
    read,
    isCopied: read === text || read === message || read === id,
    takesEmpty: read === message,
    isId: read === id,
  };
}

/** The members of the sender's own `attributes`, with the others beside them: `merged` of `draftFromJson`. */
function withOwnAttributes(left: Members): Members {
  const own = left.get(ATTRIBUTES);
  if (!(own instanceof Map)) return left;
  const all: Members = new Map(own);
  for (const [key, member] of left) {
    if (key === ATTRIBUTES) continue;
    if (all.has(key)) throw new NoPlan();
    all.set(key, member);
  }
  return all;
}

/** Texts that follow each other as one. */
function joined(pieces: readonly (string | number)[]): (string | number)[] {
  const found: (string | number)[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') found[found.length - 1] = last + piece;
    else found.push(piece);
  }
  return found;
}

/** The encoder's bytes have memory of their own: those of `Buffer.from` would keep a slab of its pool. */
const UTF8 = new TextEncoder();
const encoded = (piece: string | number): Piece => (typeof piece === 'string' ? UTF8.encode(piece) : piece);
