import SchemaBuilder from '@pothos/core';
import type { TailPosition } from '../log/cursor.ts';
import type { Milliseconds } from '../log/duration.ts';
import type { Filter } from '../log/filter/filter.ts';
import type { Json } from '../log/json.ts';
import type { Timestamp } from '../log/time.ts';
import type { Context } from '../resolvers/context.ts';

/** Fields are non-null by default. A field that can fail on its own is nullable, so that its error does not hide the others. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Timestamp; Output: Timestamp };
    Duration: { Input: Milliseconds; Output: Milliseconds };
    JSON: { Input: Json; Output: unknown };
    SafeInt: { Input: number; Output: number };
    TailCursor: { Input: TailPosition; Output: TailPosition };
  };
}>({ defaultFieldNullability: false });

type Arguments = Record<string, unknown>;

/** What a field costs, for `http/graphql/cost.ts`. */
export interface FieldCost {
  /** Statements that the field runs for each parent object. */
  statements?: number;
  /** Whether the statements read records one by one: always, or when `countsRows` of the field or its parent is true. */
  reads?: 'rows' | 'counts';
  /** Whether rollups cannot serve the counts of this field, or of the fields directly below it, for a caller with this scope. */
  countsRows?: (args: Arguments, scope: Filter | null) => boolean;
  /** The most items of a list: a number, a value of its arguments, or the length of the page that the list belongs to. */
  size?: number | 'page' | ((args: Arguments) => unknown);
  /** Of a connection: the length of its page. */
  page?: (args: Arguments) => unknown;
}

/** Spread this into the options of a field: `t.field({ ...costs({ statements: 1 }), ... })`. */
export const costs = (cost: FieldCost) => ({ extensions: { cost } });

/** Characters of a long text that count as one value. */
const VALUE_CHARACTERS = 256;

/** What a text or JSON of at most this many characters costs: as many values as it may take the place of. */
export const longText = (charactersMax: number) => costs({ size: Math.ceil(charactersMax / VALUE_CHARACTERS) });
