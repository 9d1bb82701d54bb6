import { type ConstValueNode, Kind, type ValueNode } from 'graphql';
import { BadUserInput } from '../errors.ts';
import { decodeTailCursor, encodeTailCursor, type TailPosition } from '../log/cursor.ts';
import { formatDuration, type Milliseconds, parseDuration } from '../log/duration.ts';
import {
  JSON_DEPTH_MAX,
  type Json,
  type JsonObject,
  JsonTooDeep,
  parseJson,
  setOwn,
  storableJson,
} from '../log/json.ts';
import { shownJson } from '../log/shown.ts';
import { parseTimestamp, type Timestamp } from '../log/time.ts';
import { builder } from './builder.ts';

/** Wraps a parser of text. The error of a text that it cannot parse says `expected`. */
const fromText =
  <T>(expected: string, parse: (text: string) => T | undefined) =>
  (value: unknown): T => {
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed === undefined) throw new BadUserInput(`expected ${expected}, got ${shownJson(value)}`);
    return parsed;
  };

const safeInteger = (value: unknown): number => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new BadUserInput(`expected a whole number from -(2^53 - 1) to 2^53 - 1, got ${shownJson(value)}`);
};

/** Parses a literal of a document. The error for a literal of another kind shows its text. */
const fromLiteral =
  <T>(kind: Kind, parse: (value: unknown) => T) =>
  (node: ValueNode): T =>
    'value' in node ? parse(node.kind === kind ? literalOf(node) : node.value) : parse(node.kind);

const literalOf = (node: ValueNode & { value: unknown }): unknown =>
  node.kind === Kind.INT ? Number(node.value) : node.value;

builder.scalarType('DateTime', {
  description:
    'An instant. Output: RFC 3339 in UTC with microseconds, always 27 characters: `2026-11-21T20:06:40.731905Z`. ' +
    'Input: RFC 3339 with any offset, or a date alone (`2026-11-21`), which means midnight in UTC. Digits after the sixth are cut, never rounded. ' +
    'A leap second (`:60`) becomes the next second. Years 0001 to 9999.',
  serialize: (timestamp) => timestamp as Timestamp,
  parseValue: fromText('an RFC 3339 time such as "2026-11-21T20:06:40Z", or a date', parseTimestamp),
  parseLiteral: fromLiteral(
    Kind.STRING,
    fromText('an RFC 3339 time such as "2026-11-21T20:06:40Z", or a date', parseTimestamp),
  ),
});

const parseDurationText = fromText('a length of time such as "500ms", "15m", "1h30m", "7d" or "PT15M"', parseDuration);

builder.scalarType('Duration', {
  description:
    'A length of time, never negative. Input: numbers with units, the largest unit first (`500ms`, `30s`, `15m`, `1h30m`, `7d`, `2w`), or ISO 8601 without years and months ' +
    '(`PT15M`, `P1DT12H`). A day has 24 hours. Output: ISO 8601 in the largest units: `P1D`, `PT5M`, `PT0.25S`.',
  serialize: (ms) => formatDuration(ms as Milliseconds),
  parseValue: parseDurationText,
  parseLiteral: fromLiteral(Kind.STRING, parseDurationText),
});

builder.scalarType('SafeInt', {
  description:
    'A whole number up to 2^53 - 1 (9007199254740991), the largest that JavaScript reads exactly from JSON. Counts and sizes in bytes may not fit into the 32 bits of `Int`.',
  serialize: safeInteger,
  parseValue: safeInteger,
  parseLiteral: fromLiteral(Kind.INT, safeInteger),
});

const parseTailCursor = (value: unknown): TailPosition => {
  if (typeof value !== 'string') throw new BadUserInput(`expected a tail cursor as a string, got ${shownJson(value)}`);
  return decodeTailCursor(value);
};

builder.scalarType('TailCursor', {
  description:
    'An opaque position in commit order. It is valid with any filter and on any server of the same logs database, ' +
    'for as long as `CURSOR_RETENTION` says. It is not a cursor of a page.',
  serialize: (position) => encodeTailCursor(position as TailPosition),
  parseValue: parseTailCursor,
  parseLiteral: fromLiteral(Kind.STRING, parseTailCursor),
});

builder.scalarType('JSON', {
  description:
    'Any JSON value: object, list, text, number, boolean or null. Numbers are IEEE doubles. A whole number beyond 2^53 - 1, or a number that overflows a double, ' +
    'is kept as a string with all its digits. -0 becomes 0. At most 64 levels deep.',
  serialize: (value) => value,
  parseValue: stored,
  parseLiteral: (node, variables) => stored(fromJsonLiteral(node, variables ?? {})),
});

function stored(value: unknown): Json {
  try {
    return storableJson(value);
  } catch (error) {
    if (!(error instanceof JsonTooDeep)) throw error;
    throw new BadUserInput(`expected at most ${JSON_DEPTH_MAX} levels of JSON`);
  }
}

function fromJsonLiteral(node: ValueNode | ConstValueNode, variables: Record<string, unknown>): Json {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return parseJson(node.value) as Json;
    case Kind.LIST:
      return node.values.map((item) => fromJsonLiteral(item, variables));
    case Kind.OBJECT: {
      const object: JsonObject = {};
      for (const field of node.fields) setOwn(object, field.name.value, fromJsonLiteral(field.value, variables));
      return object;
    }
    case Kind.VARIABLE:
      return (variables[node.name.value] ?? null) as Json;
    case Kind.ENUM:
      throw new BadUserInput(`expected JSON, got the word ${node.value} without quotes. Put text in quotes`);
  }
}
