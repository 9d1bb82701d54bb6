import type { SentField } from '../log/record.ts';
import { CONTEXT_FIELDS, CONTEXT_NAMES, MORE_SENDER_NAMES, SENDER_NAMES } from '../log/sender-names.ts';
import { SHAPE_NAMES, type ShapeName } from './shapes/shape-names.ts';
import { READERS, READERS_AS, type Reader } from './value-readers.ts';

export type Field = SentField;
export type { Value } from './value-readers.ts';

/** The field that a name means. If two names mean the same field, the lower rank wins, and the other value stays in `attributes`. */
export interface Name {
  field: Field;
  read: Reader;
  rank: number;
  kept: boolean;
  /** The name belongs to records of this shape. */
  shape: ShapeName | undefined;
}

/** The names that are known in one object, and in the objects inside it. */
export interface Names {
  here: Map<string, Name>;
  inside: Map<string, Names>;
}

/** Of a name that only tells a shape. */
const NO_FIELD: Omit<Name, 'shape'> = { field: 'message', read: () => undefined, rank: 0, kept: false };

export const NAMES: Names = { here: new Map(), inside: new Map() };

let rank = 0;
for (const { field, as, kept = false, names } of [...SENDER_NAMES, ...MORE_SENDER_NAMES]) {
  const read = as ? READERS_AS[as] : READERS[field];
  for (const name of names.split(' ')) enterSpellings(name, { field, read, rank: ++rank, kept, shape: undefined });
}
for (const { field, as, names } of SENDER_NAMES) {
  if (!CONTEXT_FIELDS.includes(field) || as) continue;
  for (const name of names.split(' ')) {
    rank++;
    for (const context of CONTEXT_NAMES.split(' ')) {
      for (const spelling of spellings(name)) {
        enter([context, spelling], { field, read: READERS[field], rank, kept: false, shape: undefined });
      }
    }
  }
}
for (const [shape, names] of Object.entries(SHAPE_NAMES)) {
  for (const name of names.split(' ')) enterShape(name.split('.'), shape as ShapeName);
}

function enterSpellings(name: string, entry: Name): void {
  for (const spelling of spellings(name)) for (const path of paths(spelling.split('.'))) enter(path, entry);
}

/** The ways in which `a.b.c` may be nested: any of its dots may stand in a key. */
function paths([first, ...rest]: readonly string[]): string[][] {
  if (rest.length === 0) return [[first!]];
  return paths(rest).flatMap(([next, ...deeper]) => [
    [`${first}.${next}`, ...deeper],
    [first!, next!, ...deeper],
  ]);
}

function enter([key, ...deeper]: readonly string[], name: Name, names = NAMES): void {
  if (deeper.length > 0) enter(deeper, name, insideOf(names, key!));
  else if (!names.here.has(key!)) names.here.set(key!, name);
}

function enterShape([key, ...deeper]: readonly string[], shape: ShapeName, names = NAMES): void {
  if (deeper.length > 0) enterShape(deeper, shape, insideOf(names, key!));
  else names.here.set(key!, { ...(names.here.get(key!) ?? NO_FIELD), shape });
}

function insideOf(names: Names, key: string): Names {
  const inside = names.inside.get(key) ?? { here: new Map(), inside: new Map() };
  names.inside.set(key, inside);
  return inside;
}

function spellings(name: string): string[] {
  if (/[A-Z@/-]/.test(name)) return [name];
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (name.includes('.')) return [name, camel];
  return [name, camel, camel[0]!.toUpperCase() + camel.slice(1), name.replaceAll('_', '-')];
}
