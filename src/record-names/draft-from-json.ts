import { errorTypeIn } from '../log/error-type.ts';
import { fillAction } from '../log/http-exchange.ts';
import { isJsonObject, type Json, type JsonObject, setBeside, setOwn } from '../log/json.ts';
import { levelIndex } from '../log/level.ts';
import type { Draft } from '../log/record.ts';
import { takeLlm } from './llm-names.ts';
import { type Field, NAMES, type Name, type Names, type Value } from './logger-names.ts';
import type { ShapeName } from './shapes/shape-names.ts';
import { readShapes } from './shapes/shapes.ts';

/** A field's value so far, and where it came from. If a more reliable name follows, the value goes back there. */
interface Taken {
  rank: number;
  value: Value;
  key: string;
  raw: Json;
  /** Null: the value stands there too. */
  rest: JsonObject | null;
}

/** An object inside the record. `rest` holds its values that no field took. */
interface Inner {
  parent: JsonObject;
  key: string;
  rest: JsonObject;
}

interface Reading {
  taken: { [field in Field]?: Taken };
  inner: Inner[];
  shapes: ShapeName[] | undefined;
}

/**
 * Reads a record from a JSON object by the names that loggers use (`logger-names.ts`), then by what its shape means (`shapes.ts`).
 * Nothing is dropped: a value under an unknown name, or one that its field cannot take (`level: "weird"`), stays in `attributes`
 * as it was sent. If the sender has an object `attributes`, they stand in it. A model call is read by the names of `llm-names.ts`.
 * Only null under a known name, and a second copy of a value, are dropped.
 */
export function draftFromJson(object: JsonObject): Draft {
  const reading: Reading = { taken: {}, inner: [], shapes: undefined };
  const rest: JsonObject = {};
  readObject(object, NAMES, rest, reading);
  const { inner, shapes } = reading;
  for (let i = inner.length - 1; i >= 0; i--) {
    const { parent, key, rest: left } = inner[i]!;
    if (!isEmpty(left)) setOwn(parent, key, left);
  }
  const draft = draftOf(reading.taken);
  const { llm, rest: attributes } = takeLlm(isJsonObject(rest.attributes) ? merged(rest) : rest);
  if (llm) draft.llm = llm;
  draft.attributes = attributes;
  const shaped = shapes ? readShapes(shapes, draft, object, draftFromJson) : draft;
  if (shaped.stackTrace && !shaped.errorType) nameError(shaped, shaped.stackTrace);
  return fillAction(shaped);
}

function nameError(draft: Draft, trace: string): void {
  const errorType = errorTypeIn(trace);
  if (errorType !== undefined) draft.errorType = errorType;
}

function readObject(object: JsonObject, names: Names, rest: JsonObject, reading: Reading): void {
  for (const key in object) {
    const raw = object[key] as Json;
    const name = names.here.get(key);
    if (name) {
      if (raw === null) continue;
      if (name.shape !== undefined) addShape(reading, name.shape);
      const value = name.read(raw);
      if (value !== undefined) {
        take(reading.taken, name, value, key, raw, rest);
        continue;
      }
    }
    const namesInside = typeof raw === 'object' ? names.inside.get(key) : undefined;
    if (namesInside && isJsonObject(raw) && !isEmpty(raw)) {
      const left: JsonObject = {};
      reading.inner.push({ parent: rest, key, rest: left });
      readObject(raw as JsonObject, namesInside, left, reading);
    } else setOwn(rest, key, raw);
  }
}

function addShape(reading: Reading, shape: ShapeName): void {
  reading.shapes ??= [];
  if (!reading.shapes.includes(shape)) reading.shapes.push(shape);
}

function take(taken: Reading['taken'], name: Name, value: Value, key: string, raw: Json, rest: JsonObject): void {
  if (name.kept) setOwn(rest, key, raw);
  const before = taken[name.field];
  if (before && before.rank <= name.rank) {
    if (!name.kept && !saysTheSame(name.field, before.value, value)) setOwn(rest, key, raw);
    return;
  }
  if (before?.rest && !saysTheSame(name.field, before.value, value)) setOwn(before.rest, before.key, before.raw);
  taken[name.field] = { rank: name.rank, value, key, raw, rest: name.kept ? null : rest };
}

const saysTheSame = (field: Field, a: Value, b: Value): boolean =>
  a === b || (field === 'severityNumber' && levelIndex(a as number) === levelIndex(b as number));

function draftOf(taken: Reading['taken']): Draft {
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
