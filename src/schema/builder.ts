import SchemaBuilder from '@pothos/core';
import type { TailPosition } from '../log/cursor.ts';
import type { Milliseconds } from '../log/duration.ts';
import type { Json } from '../log/json.ts';
import type { Timestamp } from '../log/time.ts';
import type { Context } from '../resolvers/context.ts';

/** Fields are non-null unless they say otherwise: what can fail by itself is nullable. */
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

/** What `http/cost.ts` reckons a field with. */
export interface FieldCost {
  /** Statements that the field runs by itself, once for each parent object. */
  statements?: number;
  /** How many items a list holds at most: a number, what its arguments say, or the page that it belongs to. */
  size?: number | 'page' | ((args: Arguments) => unknown);
  /** On a connection: how many items its lists hold. */
  page?: (args: Arguments) => unknown;
}

/** Spread into a field's options: `t.field({ ...costs({ statements: 1 }), ... })`. */
export const costs = (cost: FieldCost) => ({ extensions: { cost } });
