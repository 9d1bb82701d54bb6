import type { FieldMap } from '@pothos/core';
import type { Extent } from '../db/chains/chains.ts';
import type { builder } from './builder.ts';
import { LogLevel } from './level.ts';

type Types = (typeof builder)['$inferSchemaTypes'];

/** The fields that a chain, a step and a stage have in common. `what` is the name of the type in the descriptions. */
export function summaryFields<Shape extends Extent>(
  t: PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>,
  what: string,
): FieldMap {
  const fields = t as unknown as PothosSchemaTypes.ObjectFieldBuilder<Types, Extent>;
  return {
    startedAt: fields.expose('startedAt', {
      type: 'DateTime',
      description: `The timestamp of the first record of the ${what}.`,
    }),
    endedAt: fields.expose('endedAt', {
      type: 'DateTime',
      description: `The timestamp of the last record of the ${what} so far.`,
    }),
    durationMs: fields.exposeFloat('durationMs', {
      description: 'The time from the first record to the last, in milliseconds.',
    }),
    logCount: fields.expose('logCount', { type: 'SafeInt', description: `The number of records of the ${what}.` }),
    errorCount: fields.expose('errorCount', {
      type: 'SafeInt',
      description: `The number of records of the ${what} at ERROR or above.`,
    }),
    highestLevel: fields.expose('highestLevel', {
      type: LogLevel,
      description: `The highest level of the records of the ${what}.`,
    }),
  };
}
