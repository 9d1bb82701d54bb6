import type { FieldMap } from '@pothos/core';
import type { Extent } from '../db/chains/chains.ts';
import type { Context } from '../resolvers/context.ts';
import type { builder } from './builder.ts';
import { LogLevel } from './level.ts';

type Types = (typeof builder)['$inferSchemaTypes'];
type FieldsOf<Shape> = PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>;

/** The fields that a chain, a step and a stage have in common. `what` is the name of the type in the descriptions. */
export const summaryFields = <Shape extends Extent>(t: FieldsOf<Shape>, what: string): FieldMap =>
  summaryFieldsBy(t, what, (shape) => shape);

/** `summaryFields` of a type whose summary is loaded only when one of them is selected. */
export function summaryFieldsBy<Shape>(
  t: FieldsOf<Shape>,
  what: string,
  extentOf: (shape: Shape, context: Context) => Extent | Promise<Extent>,
): FieldMap {
  const fields = t as unknown as FieldsOf<unknown>;
  const read =
    <Name extends keyof Extent>(name: Name) =>
    (shape: unknown, _args: object, context: Context): Extent[Name] | Promise<Extent[Name]> => {
      const extent = extentOf(shape as Shape, context);
      return extent instanceof Promise ? extent.then((found) => found[name]) : extent[name];
    };
  return {
    startedAt: fields.field({
      type: 'DateTime',
      description: `The timestamp of the first record of the ${what}.`,
      resolve: read('startedAt'),
    }),
    endedAt: fields.field({
      type: 'DateTime',
      description: `The timestamp of the last record of the ${what} so far.`,
      resolve: read('endedAt'),
    }),
    durationMs: fields.float({
      description: 'The time from the first record to the last, in milliseconds.',
      resolve: read('durationMs'),
    }),
    logCount: fields.field({
      type: 'SafeInt',
      description: `The number of records of the ${what}.`,
      resolve: read('logCount'),
    }),
    errorCount: fields.field({
      type: 'SafeInt',
      description: `The number of records of the ${what} at ERROR or above.`,
      resolve: read('errorCount'),
    }),
    highestLevel: fields.field({
      type: LogLevel,
      description: `The highest level of the records of the ${what}.`,
      resolve: read('highestLevel'),
    }),
  };
}
