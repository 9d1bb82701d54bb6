import { type Json, type JsonObject, setOwn } from '../../log/json.ts';
import { invalid } from '../telemetry/limits.ts';
import type { Resource, Scope } from '../telemetry/telemetry.ts';
import { createValueCount, type ValueCount } from '../telemetry/value-count.ts';
import { integerOf, kindOf, listOf, type Members, member, objectOf, textOf } from './members.ts';

export function attributesOf(value: unknown, count: ValueCount): JsonObject {
  const attributes: JsonObject = {};
  for (const pair of listOf(value, 'attributes')) {
    count.add();
    const attribute = objectOf(pair, 'in attributes');
    setOwn(attributes, textOf(member(attribute, 'key'), 'key'), anyValue(member(attribute, 'value'), count));
  }
  return attributes;
}

/** How each kind of `AnyValue` is read. Bytes stay base64. */
const READERS: readonly (readonly [camel: string, snake: string, read: (value: unknown, count: ValueCount) => Json])[] =
  [
    ['stringValue', 'string_value', (value) => textOf(value, 'stringValue')],
    ['boolValue', 'bool_value', bool],
    ['intValue', 'int_value', (value) => exact(integerOf(value, 'intValue'))],
    ['doubleValue', 'double_value', double],
    ['arrayValue', 'array_value', list],
    ['kvlistValue', 'kvlist_value', keyValues],
    ['bytesValue', 'bytes_value', (value) => textOf(value, 'bytesValue')],
  ];

export function anyValue(value: unknown, count: ValueCount): Json {
  if (value === undefined || value === null) return null;
  const object = objectOf(value, 'as a value');
  count.enter();
  let read: Json = null;
  for (const [camel, snake, reader] of READERS) {
    const sent = member(object, camel, snake);
    if (sent === undefined || sent === null) continue;
    read = reader(sent, count);
    break;
  }
  count.leave();
  return read;
}

function bool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(`boolValue: expected true or false, got ${kindOf(value)}`);
}

/** Proto3 JSON has NaN and Infinity as strings. */
function double(value: unknown): Json {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : undefined;
  if (number === undefined || (Number.isNaN(number) && value !== 'NaN')) {
    throw invalid(`doubleValue: expected a number, got ${kindOf(value)}`);
  }
  return number;
}

function list(value: unknown, count: ValueCount): Json {
  const values = listOf(member(objectOf(value, 'in arrayValue'), 'values'), 'arrayValue.values');
  return values.map((item) => anyValue(item, count));
}

function keyValues(value: unknown, count: ValueCount): Json {
  return attributesOf(member(objectOf(value, 'in kvlistValue'), 'values'), count);
}

const exact = (value: bigint): Json => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};

export function resourceOf(resource: Members, bytes: number): Resource {
  const count = createValueCount();
  const attributes = attributesOf(member(resource, 'attributes'), count);
  return { attributes, size: count.sizeOf(bytes) };
}

export function scopeOf(scope: Members, bytes: number): Scope {
  const count = createValueCount();
  const attributes = attributesOf(member(scope, 'attributes'), count);
  return {
    name: textOf(member(scope, 'name'), 'scope.name'),
    version: textOf(member(scope, 'version'), 'scope.version'),
    attributes,
    size: count.sizeOf(bytes),
  };
}
