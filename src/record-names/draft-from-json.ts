import { fillAction } from '../log/http-exchange.ts';
import { isJsonObject, type Json, type JsonObject, setBeside, setOwn } from '../log/json.ts';
import { levelIndex } from '../log/level.ts';
import type { Draft } from '../log/record.ts';
import { takeLlm } from './llm-names.ts';
import { type Field, NAMES, type Name, type Names, type Value } from './logger-names.ts';

/** A field's value so far, and where it came from. If a more reliable name follows, the value goes back there. */
interface Taken {
  rank: number;
  value: Value;
  key: string;
  raw: Json;
  rest: JsonObject;
}

/** An object inside the record. `rest` holds its values that no field took. */
interface Inner {
  parent: JsonObject;
  key: string;
  rest: JsonObject;
}

type Taking = { [field in Field]?: Taken };

/**
 * Reads a record from a JSON object by the names that loggers use (`logger-names.ts`). Nothing is dropped: a value under an unknown
 * name, or one that its field cannot take (`level: "weird"`), stays in `attributes` as it was sent. If the sender has an
 * object `attributes`, they stand in it. A model call is read by the names of `llm-names.ts`. Only null under a known name, and a second copy of a value, are dropped.
 */
export function draftFromJson(object: JsonObject): Draft {
  const taken: Taking = {};
  const inner: Inner[] = [];
  const rest: JsonObject = {};
  readObject(object, NAMES, rest, taken, inner);
  for (let i = inner.length - 1; i >= 0; i--) {
    const { parent, key, rest: left } = inner[i]!;
    if (!isEmpty(left)) setOwn(parent, key, left);
  }
  const draft = draftOf(taken);
  const { llm, rest: attributes } = takeLlm(isJsonObject(rest.attributes) ? merged(rest) : rest);
  if (llm) draft.llm = llm;
  draft.attributes = attributes;
  return fillAction(draft);
}

function readObject(object: JsonObject, names: Names, rest: JsonObject, taken: Taking, inner: Inner[]): void {
  for (const key in object) {
    const raw = object[key] as Json;
    const name = names.here.get(key);
    if (name) {
      if (raw === null) continue;
      const value = name.read(raw);
      if (value !== undefined) {
        take(taken, name, value, key, raw, rest);
        continue;
      }
    }
    const namesInside = typeof raw === 'object' ? names.inside.get(key) : undefined;
    if (namesInside && isJsonObject(raw) && !isEmpty(raw)) {
      const left: JsonObject = {};
      inner.push({ parent: rest, key, rest: left });
      readObject(raw as JsonObject, namesInside, left, taken, inner);
    } else setOwn(rest, key, raw);
  }
}

function take(taken: Taking, name: Name, value: Value, key: string, raw: Json, rest: JsonObject): void {
  const before = taken[name.field];
  if (before && before.rank <= name.rank) {
    if (!saysTheSame(name.field, before.value, value)) setOwn(rest, key, raw);
    return;
  }
  if (before && !saysTheSame(name.field, before.value, value)) setOwn(before.rest, before.key, before.raw);
  taken[name.field] = { rank: name.rank, value, key, raw, rest };
}

const saysTheSame = (field: Field, a: Value, b: Value): boolean =>
  a === b || (field === 'severityNumber' && levelIndex(a as number) === levelIndex(b as number));

function draftOf(taken: Taking): Draft {
  const draft: Draft = {};
  for (const field in taken) (draft as Record<string, Value>)[field] = taken[field as Field]!.value;
  return draft;
}

/** The sender's own `attributes` with the remaining values added. If both have a key, the remaining value gets a prefix (`setBeside`). */
function merged({ attributes, ...rest }: JsonObject): JsonObject {
  const all: JsonObject = { ...(attributes as JsonObject) };
  for (const key of Object.keys(rest)) setBeside(all, key, rest[key]!);
  return all;
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
