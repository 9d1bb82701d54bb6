import { type Json, type JsonObject, setOwn } from '../../../../log/json.ts';
import type { Resource, Scope } from '../../../../otlp/telemetry/telemetry.ts';
import { createValueCount, type ValueCount } from '../../../../otlp/telemetry/value-count.ts';
import { Fields, type Slice } from '../../protobuf/wire.ts';

/** Adds a `KeyValue`, which is the next value of `fields`. */
export function addAttribute(attributes: JsonObject, fields: Fields, count: ValueCount): void {
  let key = '';
  let value: Json = null;
  count.add();
  const pair = fields.fields();
  while (pair.next()) {
    if (pair.number === 1) key = pair.text();
    else if (pair.number === 2) value = anyValue(pair.fields(), count);
  }
  setOwn(attributes, key, value);
}

/** Bytes become base64, as in JSON. An integer that a double cannot hold becomes a string of its digits. */
export function anyValue(fields: Fields, count: ValueCount): Json {
  let value: Json = null;
  count.enter();
  while (fields.next()) {
    if (fields.number === 1) value = fields.text();
    else if (fields.number === 2) value = fields.bool();
    else if (fields.number === 3) value = exact(fields.int64());
    else if (fields.number === 4) value = fields.double();
    else if (fields.number === 5) value = list(fields.fields(), count);
    else if (fields.number === 6) value = keyValues(fields.fields(), count);
    else if (fields.number === 7) value = fields.bytes('base64');
  }
  count.leave();
  return value;
}

function list(fields: Fields, count: ValueCount): Json[] {
  const values: Json[] = [];
  while (fields.next()) if (fields.number === 1) values.push(anyValue(fields.fields(), count));
  return values;
}

function keyValues(fields: Fields, count: ValueCount): JsonObject {
  const values: JsonObject = {};
  while (fields.next()) if (fields.number === 1) addAttribute(values, fields, count);
  return values;
}

const exact = (value: bigint): Json => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};

export function resourceOf(bytes: Buffer, { from, end }: Slice): Resource {
  const attributes: JsonObject = {};
  const count = createValueCount();
  const fields = new Fields(bytes, from, end);
  while (fields.next()) if (fields.number === 1) addAttribute(attributes, fields, count);
  return { attributes, size: count.sizeOf(end - from) };
}

export function scopeOf(bytes: Buffer, { from, end }: Slice): Scope {
  const scope: Scope = { name: '', version: '', attributes: {}, size: 0 };
  const count = createValueCount();
  const fields = new Fields(bytes, from, end);
  while (fields.next()) {
    if (fields.number === 1) scope.name = fields.text();
    else if (fields.number === 2) scope.version = fields.text();
    else if (fields.number === 3) addAttribute(scope.attributes, fields, count);
  }
  scope.size = count.sizeOf(end - from);
  return scope;
}
